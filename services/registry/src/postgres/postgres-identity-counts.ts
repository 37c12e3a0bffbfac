import { answering } from '@linchpin/platform/postgres';
import type { Kysely } from 'kysely';
import type { DeviceStatistics, IdentityCounts } from '../domain/identity-counts.js';
import { hubNotFound } from '../domain/registry-errors.js';
import { findHub } from './identity-queries.js';
import type { RegistryTables } from './schema.js';

export class PostgresIdentityCounts implements IdentityCounts {
  constructor(private readonly db: Kysely<RegistryTables>) {}

  async count(hubName: string): Promise<number> {
    const hub = await answering(findHub(this.db, hubName));
    const query = this.db
      .selectFrom('identities')
      .select(({ fn }) => fn.countAll<string>().as('identities'))
      .where('hub_id', '=', hub.id);
    const { identities } = await answering(query.executeTakeFirstOrThrow());
    return Number(identities);
  }

  async statistics(hubName: string): Promise<DeviceStatistics> {
    const hub = await answering(findHub(this.db, hubName));
    const query = selectStatistics(this.db).where('hubs.id', '=', hub.id);
    const row = await answering(query.executeTakeFirst());
    if (row === undefined) {
      throw hubNotFound();
    }
    return toStatistics(row);
  }

  async statisticsOfAll(): Promise<ReadonlyMap<string, DeviceStatistics>> {
    const rows = await answering(selectStatistics(this.db).execute());
    return new Map(rows.map((row) => [row.name, toStatistics(row)]));
  }
}

function selectStatistics(db: Kysely<RegistryTables>) {
  return db
    .selectFrom('hubs')
    .leftJoin('identities as devices', (join) =>
      join.onRef('devices.hub_id', '=', 'hubs.id').on('devices.module_id', '=', ''),
    )
    .where('hubs.state', '=', 'active')
    .groupBy('hubs.id')
    .select(({ fn }) => {
      const devices = fn.count<string>('devices.device_id');
      return [
        'hubs.name',
        devices.as('total'),
        devices.filterWhere('devices.status', '=', 'enabled').as('enabled'),
        devices.filterWhere('devices.connection_state', '=', 'Connected').as('connected'),
      ];
    });
}

interface StatisticsRow {
  readonly total: string;
  readonly enabled: string;
  readonly connected: string;
}

function toStatistics(row: StatisticsRow): DeviceStatistics {
  const total = Number(row.total);
  const enabled = Number(row.enabled);
  return { total, enabled, disabled: total - enabled, connected: Number(row.connected) };
}
