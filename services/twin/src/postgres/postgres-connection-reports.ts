import { answering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { ConnectionReport, ConnectionReports } from '../domain/connection-reports.js';
import type { TwinTables } from './schema.js';

/** Rows that one statement locks. */
const reportsMax = 1_000;

export class PostgresConnectionReports implements ConnectionReports {
  constructor(private readonly db: Kysely<TwinTables>) {}

  async apply(reports: readonly ConnectionReport[]): Promise<readonly ConnectionReport[]> {
    const unknown: ConnectionReport[] = [];
    for (let start = 0; start < reports.length; start += reportsMax) {
      const some = reports.slice(start, start + reportsMax);
      await this.#applySome(some);
      unknown.push(...(await this.#unknownOf(some)));
    }
    return unknown;
  }

  async #unknownOf(reports: readonly ConnectionReport[]): Promise<readonly ConnectionReport[]> {
    const column = (read: (report: ConnectionReport) => string) => reports.map(read);
    const { rows } = await answering(
      sql<{ number: string }>`
        select number
        from unnest(
          ${column(({ hub }) => hub)}::text[],
          ${column(({ deviceId }) => deviceId)}::text[],
          ${column(({ moduleId = '' }) => moduleId)}::text[],
          ${column(({ generationId }) => generationId)}::bigint[]
        ) with ordinality as report (hub, device_id, module_id, generation_id, number)
        where not exists (
          select from identities
          where identities.generation_id = report.generation_id
            and identities.hub = report.hub
            and identities.device_id = report.device_id
            and identities.module_id = report.module_id
        )`.execute(this.db),
    );
    return rows.flatMap(({ number }) => reports[Number(number) - 1] ?? []);
  }

  async #applySome(reports: readonly ConnectionReport[]): Promise<void> {
    const column = <Value>(read: (report: ConnectionReport) => Value) => reports.map(read);
    // Rows are locked in the order of their key, as everybody else does who writes several.
    const statement = sql`
      with reported as (
        select distinct on (hub, device_id, module_id, generation_id) *
        from unnest(
          ${column(({ hub }) => hub)}::text[],
          ${column(({ deviceId }) => deviceId)}::text[],
          ${column(({ moduleId }) => moduleId ?? '')}::text[],
          ${column(({ generationId }) => generationId)}::bigint[],
          ${column(({ state }) => state)}::text[],
          ${column(({ sequenceNumber }) => sequenceNumber)}::text[],
          ${column(({ occurredAt }) => occurredAt)}::timestamptz[],
          ${column(({ modelId }) => modelId)}::text[]
        ) as report (hub, device_id, module_id, generation_id, state, sequence, occurred_at, model)
        order by hub, device_id, module_id, generation_id, sequence collate "C" desc
      ), news as (
        select twin_id, reported.state, sequence, occurred_at, model
        from identities
        join reported using (hub, device_id, module_id, generation_id)
        where connection_sequence is null or connection_sequence < sequence
        order by hub_generation, device_id, module_id
        for update of identities
      )
      update identities
      set connection_state = news.state,
          connection_sequence = news.sequence,
          last_activity_time = greatest(last_activity_time, news.occurred_at),
          model_id = news.model
      from news
      where identities.twin_id = news.twin_id`;
    await answering(statement.execute(this.db));
  }
}
