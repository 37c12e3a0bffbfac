/** Identities between their rows and the domain. */
import { strict as assert } from 'node:assert';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type { Insertable, Selectable } from 'kysely';
import type { Authentication } from '../domain/authentication.js';
import type { DeviceIdentity, IdentityContent } from '../domain/device-identity.js';
import { formatEntityTag } from './entity-tag.js';
import type { IdentitiesTable } from './schema.js';
import { identityPlace, openKeys, sealKeys } from './sealed-keys.js';

/** What an identity's definition writes; the other columns are the hub's own knowledge. */
type ContentRow = Omit<
  Insertable<IdentitiesTable>,
  'hub_id' | 'connection_state' | 'connection_state_updated_time' | 'last_activity_time'
>;

/** The columns of ContentRow but for the key. */
export const contentColumns = [
  'generation_id',
  'status',
  'status_reason',
  'status_updated_time',
  'authentication_type',
  'primary_key',
  'secondary_key',
  'primary_thumbprint',
  'secondary_thumbprint',
  'iot_edge',
  'device_scope',
  'parent_scopes',
  'managed_by',
  'attributes_json',
] as const satisfies readonly (keyof ContentRow)[];

export const identityColumns = [
  'device_id',
  'module_id',
  'etag',
  ...contentColumns,
  'connection_state',
  'connection_state_updated_time',
  'last_activity_time',
] as const satisfies readonly (keyof IdentitiesTable)[];

export type IdentityRow = Pick<Selectable<IdentitiesTable>, (typeof identityColumns)[number]>;

/** The columns that tell how an identity proves who it is, and which identity it is. */
export type AuthenticationRow = Pick<
  IdentityRow,
  | 'device_id'
  | 'module_id'
  | 'generation_id'
  | 'authentication_type'
  | 'primary_key'
  | 'secondary_key'
  | 'primary_thumbprint'
  | 'secondary_thumbprint'
>;

/** @throws SealedKeyError */
export function toIdentity(hub: string, row: IdentityRow, cipher: KeyCipher): DeviceIdentity {
  return {
    deviceId: row.device_id,
    moduleId: row.module_id === '' ? undefined : row.module_id,
    generationId: row.generation_id,
    etag: formatEntityTag(row.etag),
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    statusUpdatedTime: row.status_updated_time ?? undefined,
    authentication: toAuthentication(hub, row, cipher),
    iotEdge: row.iot_edge,
    deviceScope: row.device_scope ?? undefined,
    parentScopes: row.parent_scopes,
    managedBy: row.managed_by ?? undefined,
    attributesJson: row.attributes_json ?? undefined,
    connectionState: row.connection_state,
    connectionStateUpdatedTime: row.connection_state_updated_time ?? undefined,
    lastActivityTime: row.last_activity_time ?? undefined,
  };
}

/** @throws SealedKeyError */
export function toAuthentication(
  hub: string,
  row: AuthenticationRow,
  cipher: KeyCipher,
): Authentication {
  switch (row.authentication_type) {
    case 'sas': {
      const { primary_key, secondary_key, generation_id } = row;
      assert(primary_key !== null && secondary_key !== null, 'type sas has keys');
      const id = { deviceId: row.device_id, moduleId: row.module_id };
      const place = identityPlace(hub, id, generation_id);
      return { type: 'sas', ...openKeys(cipher, { primary_key, secondary_key }, place) };
    }
    case 'selfSigned':
      return {
        type: 'selfSigned',
        primaryThumbprint: row.primary_thumbprint ?? undefined,
        secondaryThumbprint: row.secondary_thumbprint ?? undefined,
      };
    case 'certificateAuthority':
    case 'none':
      return { type: row.authentication_type };
  }
}

export function toContentRow(hub: string, content: IdentityContent, cipher: KeyCipher): ContentRow {
  return {
    device_id: content.deviceId,
    module_id: content.moduleId ?? '',
    generation_id: content.generationId,
    status: content.status,
    status_reason: content.statusReason ?? null,
    status_updated_time: content.statusUpdatedTime ?? null,
    ...toAuthenticationColumns(hub, content, cipher),
    iot_edge: content.iotEdge,
    device_scope: content.deviceScope ?? null,
    parent_scopes: [...content.parentScopes],
    managed_by: content.managedBy ?? null,
    attributes_json: content.attributesJson ?? null,
  };
}

const noMaterial = {
  primary_key: null,
  secondary_key: null,
  primary_thumbprint: null,
  secondary_thumbprint: null,
};

function toAuthenticationColumns(hub: string, content: IdentityContent, cipher: KeyCipher) {
  const { authentication } = content;
  const columns = { ...noMaterial, authentication_type: authentication.type };
  switch (authentication.type) {
    case 'sas': {
      const place = identityPlace(hub, content, content.generationId);
      return { ...columns, ...sealKeys(cipher, authentication, place) };
    }
    case 'selfSigned':
      return {
        ...columns,
        primary_thumbprint: authentication.primaryThumbprint ?? null,
        secondary_thumbprint: authentication.secondaryThumbprint ?? null,
      };
    case 'certificateAuthority':
    case 'none':
      return columns;
  }
}
