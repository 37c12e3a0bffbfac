import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { ConnectionReport, ConnectionStates } from '../domain/connection-states.js';
import type { RegistryTables } from './schema.js';

/** Rows that one statement locks. */
const reportsMax = 1_000;

export class PostgresConnectionStates implements ConnectionStates {
  constructor(private readonly db: Kysely<RegistryTables>) {}

  async apply(reports: readonly ConnectionReport[]): Promise<number> {
    let news = 0;
    for (let start = 0; start < reports.length; start += reportsMax) {
      news += await this.#applySome(reports.slice(start, start + reportsMax));
    }
    return news;
  }

  async #applySome(reports: readonly ConnectionReport[]): Promise<number> {
    const column = <Value>(read: (report: ConnectionReport) => Value) => reports.map(read);
    // Rows are locked in the order of their key, devices before their modules, as everybody else does.
    const statement = sql`
      with reported as (
        select hubs.id as hub_id, device_id, module_id, generation_id,
               report.state, sequence, occurred_at
        from unnest(
          ${column(({ hub }) => hub)}::text[],
          ${column(({ deviceId }) => deviceId)}::text[],
          ${column(({ moduleId }) => moduleId ?? '')}::text[],
          ${column(({ generationId }) => generationId)}::bigint[],
          ${column(({ state }) => state)}::text[],
          ${column(({ sequenceNumber }) => sequenceNumber)}::text[],
          ${column(({ occurredAt }) => occurredAt)}::timestamptz[]
        ) as report (hub, device_id, module_id, generation_id, state, sequence, occurred_at)
        join hubs on hubs.name = report.hub and hubs.state = 'active'
      ), news as (
        select hub_id, device_id, module_id, reported.state, sequence, occurred_at
        from identities
        join reported using (hub_id, device_id, module_id, generation_id)
        where connection_sequence is null or connection_sequence < sequence
        order by hub_id, device_id, module_id
        for update of identities
      )
      update identities
      set connection_state = news.state,
          connection_sequence = news.sequence,
          connection_state_updated_time = news.occurred_at,
          last_activity_time = greatest(last_activity_time, news.occurred_at)
      from news
      where identities.hub_id = news.hub_id
        and identities.device_id = news.device_id
        and identities.module_id = news.module_id`;
    const { numAffectedRows } = await answering(statement.execute(this.db));
    return Number(numAffectedRows);
  }
}
