/** A hub between its row and the domain. */
import type { KeyCipher } from '@linchpin/platform/sealing';
import {
  sql,
  type Kysely,
  type SelectQueryBuilder,
  type Selectable,
  type Updateable,
} from 'kysely';
import type { ChosenSettings, Hub } from '../domain/hub.js';
import type { AccessSettings, HubSettings } from '../domain/hub-settings.js';
import {
  defaultCloudToDevice,
  defaultKeptProperties,
  type KeptCloudToDevice,
  type KeptProperties,
} from '../domain/kept-properties.js';
import { formatEntityTag } from './entity-tag.js';
import type { HubsTable, RegistryTables } from './schema.js';
import { keptPlace } from './sealed-keys.js';

export const accessColumns = [
  'sku',
  'units',
  'limits',
  'disable_local_auth',
  'disable_device_sas',
  'disable_module_sas',
  'ip_filter_rules',
  'min_tls_version',
] as const satisfies readonly (keyof HubsTable)[];

const settingsColumns = [...accessColumns, 'tags'] as const satisfies readonly (keyof HubsTable)[];

type AccessRow = Pick<Selectable<HubsTable>, (typeof accessColumns)[number]>;
type SettingsRow = Pick<Selectable<HubsTable>, (typeof settingsColumns)[number]>;

export function toAccessSettings(row: AccessRow): AccessSettings {
  const { sku, units, limits } = row;
  return {
    limits: { sku, units, unlimited: limits === 'unlimited' },
    disableLocalAuth: row.disable_local_auth,
    disableDeviceSas: row.disable_device_sas,
    disableModuleSas: row.disable_module_sas,
    ipFilterRules: row.ip_filter_rules,
    minTlsVersion: row.min_tls_version ?? undefined,
  };
}

function toSettings(row: SettingsRow): HubSettings {
  return { ...toAccessSettings(row), tags: row.tags };
}

export type ChosenColumns = Pick<
  Updateable<HubsTable>,
  (typeof settingsColumns)[number] | 'kept_properties' | 'cloud_to_device'
>;

/** What the administrator chose. */
export function toChosenColumns(
  hub: string,
  { settings, kept }: ChosenSettings,
  cipher: KeyCipher,
): ChosenColumns {
  const { limits } = settings;
  return {
    tags: JSON.stringify(settings.tags),
    sku: limits.sku,
    units: limits.units,
    limits: limits.unlimited ? 'unlimited' : 'tier',
    disable_local_auth: settings.disableLocalAuth,
    disable_device_sas: settings.disableDeviceSas,
    disable_module_sas: settings.disableModuleSas,
    ip_filter_rules: JSON.stringify(settings.ipFilterRules),
    min_tls_version: settings.minTlsVersion ?? null,
    kept_properties: cipher.seal(JSON.stringify(kept), keptPlace(hub)),
    cloud_to_device: JSON.stringify(kept.cloudToDevice ?? defaultCloudToDevice),
  };
}

type HubRow = Omit<Selectable<HubsTable>, 'cloud_to_device'> & {
  readonly host_names: string[] | null;
};

export function selectHubs(
  db: Kysely<RegistryTables>,
): SelectQueryBuilder<RegistryTables, 'hubs', HubRow> {
  return db
    .selectFrom('hubs')
    .select([
      'id',
      'name',
      'subscription_id',
      'resource_group',
      'location',
      'partition_count',
      'retention_days',
      'state',
      'etag',
      ...settingsColumns,
      'kept_properties',
      'topic_outdated',
    ])
    .select((hub) =>
      hub
        .selectFrom('hub_host_names')
        .whereRef('hub_id', '=', 'hubs.id')
        .select(sql<string[]>`array_agg(host_name order by position)`.as('names'))
        .as('host_names'),
    );
}

export function toHub(row: HubRow, cipher: KeyCipher): Hub {
  return {
    name: row.name,
    hubGeneration: row.id,
    subscriptionId: row.subscription_id,
    resourceGroup: row.resource_group,
    location: row.location,
    hostNames: row.host_names ?? [],
    partitionCount: row.partition_count,
    retentionDays: row.retention_days,
    settings: toSettings(row),
    kept: openKept(row, cipher),
    isTopicOutdated: row.topic_outdated,
    state: row.state,
    etag: formatEntityTag(row.etag),
  };
}

type KeptRow = Pick<Selectable<HubsTable>, 'name' | 'kept_properties'>;

/** One member of what is kept, where it may stand for itself. */
export function toCloudToDevice(
  row: KeptRow & Pick<Selectable<HubsTable>, 'cloud_to_device'>,
  cipher: KeyCipher,
): KeptCloudToDevice {
  const stored = row.cloud_to_device ?? openKept(row, cipher).cloudToDevice;
  return { ...defaultCloudToDevice, ...stored };
}

/** With its secrets. */
export function openKept({ name, kept_properties }: KeptRow, cipher: KeyCipher): KeptProperties {
  if (kept_properties === null) {
    return defaultKeptProperties;
  }
  const json = cipher.open(kept_properties, keptPlace(name));
  // JSON has no undefined: what is absent was so when it was stored, and a newer member has its default.
  const stored = JSON.parse(json) as KeptProperties;
  const cloudToDevice = { ...defaultCloudToDevice, ...stored.cloudToDevice };
  return { ...defaultKeptProperties, ...stored, cloudToDevice };
}
