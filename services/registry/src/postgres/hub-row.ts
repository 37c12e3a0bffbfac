/** The settings of a hub between its row and the domain. */
import type { Selectable } from 'kysely';
import type { AccessSettings, HubSettings } from '../domain/hub-settings.js';
import type { HubsTable } from './schema.js';

export const accessColumns = [
  'sku',
  'units',
  'limits',
  'disable_local_auth',
  'disable_device_sas',
  'disable_module_sas',
  'ip_filter_rules',
] as const satisfies readonly (keyof HubsTable)[];

export const settingsColumns = [
  ...accessColumns,
  'tags',
  'min_tls_version',
] as const satisfies readonly (keyof HubsTable)[];

export type AccessRow = Pick<Selectable<HubsTable>, (typeof accessColumns)[number]>;
export type SettingsRow = Pick<Selectable<HubsTable>, (typeof settingsColumns)[number]>;

export function toAccessSettings(row: AccessRow): AccessSettings {
  const { sku, units, limits } = row;
  return {
    limits: { sku, units, unlimited: limits === 'unlimited' },
    disableLocalAuth: row.disable_local_auth,
    disableDeviceSas: row.disable_device_sas,
    disableModuleSas: row.disable_module_sas,
    ipFilterRules: row.ip_filter_rules,
  };
}

export function toSettings(row: SettingsRow): HubSettings {
  return {
    ...toAccessSettings(row),
    tags: row.tags,
    minTlsVersion: row.min_tls_version ?? undefined,
  };
}
