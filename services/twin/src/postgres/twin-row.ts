/** Twins between their rows and the domain. */
import { formatIsoTime } from '@linchpin/wire';
import type { Selectable } from 'kysely';
import type { CopiedIdentity } from '../domain/identity-copy.js';
import type { Twin, TwinIdentity } from '../domain/twin.js';
import type { IdentitiesTable, ReportedPropertiesTable, TwinsTable } from './schema.js';

/** Of `twins` and `reported_properties`. */
export const twinColumns = [
  'version',
  'etag_counter',
  'tags',
  'desired',
  'desired_metadata',
  'desired_version',
  'reported',
  'reported_metadata',
  'reported_version',
] as const satisfies readonly (keyof TwinsTable | keyof ReportedPropertiesTable)[];

type TwinRow = Pick<Selectable<TwinsTable & ReportedPropertiesTable>, (typeof twinColumns)[number]>;

export function toTwin(row: TwinRow): Twin {
  return {
    version: Number(row.version),
    etagCounter: Number(row.etag_counter),
    tags: row.tags,
    desired: {
      document: row.desired,
      metadata: row.desired_metadata,
      version: Number(row.desired_version),
    },
    reported: {
      document: row.reported,
      metadata: row.reported_metadata,
      version: Number(row.reported_version),
    },
  };
}

/** What of `identities` a twin shows. */
export const identityColumns = [
  'device_id',
  'module_id',
  'etag',
  'status',
  'status_reason',
  'status_updated_time',
  'connection_state',
  'last_activity_time',
  'cloud_to_device_message_count',
  'authentication_type',
  'primary_thumbprint',
  'secondary_thumbprint',
  'iot_edge',
  'device_scope',
  'parent_scopes',
  'model_id',
] as const satisfies readonly (keyof IdentitiesTable)[];

type IdentityRow = Pick<Selectable<IdentitiesTable>, (typeof identityColumns)[number]>;

/** As the copy has it, for queries. */
export function toTwinIdentity(row: IdentityRow): TwinIdentity {
  return {
    deviceId: row.device_id,
    moduleId: row.module_id === '' ? undefined : row.module_id,
    etag: row.etag,
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    statusUpdatedTime: row.status_updated_time ?? undefined,
    connectionState: row.connection_state,
    lastActivityTime: row.last_activity_time ?? undefined,
    cloudToDeviceMessageCount: row.cloud_to_device_message_count,
    authenticationType: row.authentication_type,
    primaryThumbprint: row.primary_thumbprint ?? undefined,
    secondaryThumbprint: row.secondary_thumbprint ?? undefined,
    iotEdge: row.iot_edge,
    deviceScope: row.device_scope ?? undefined,
    parentScopes: row.parent_scopes,
    modelId: row.model_id,
  };
}

/** The facts of identities, as one parameter of a statement that unnests them. */
export function toFactsJson(identities: readonly CopiedIdentity[]): string {
  return JSON.stringify(
    identities.map((identity) => ({
      device_id: identity.deviceId,
      module_id: identity.moduleId ?? '',
      generation_id: identity.generationId,
      etag: identity.etag,
      status: identity.status,
      status_reason: identity.statusReason ?? null,
      status_updated_time: identity.statusUpdatedTime
        ? formatIsoTime(identity.statusUpdatedTime)
        : null,
      authentication_type: identity.authenticationType,
      primary_thumbprint: identity.primaryThumbprint ?? null,
      secondary_thumbprint: identity.secondaryThumbprint ?? null,
      iot_edge: identity.iotEdge,
      device_scope: identity.deviceScope ?? null,
      parent_scopes: identity.parentScopes,
      connection_state: identity.connectionState,
      last_activity_time: identity.lastActivityTime
        ? formatIsoTime(identity.lastActivityTime)
        : null,
    })),
  );
}
