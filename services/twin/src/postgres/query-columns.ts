/** Where the attributes of queries lie in the tables. */
import type { AttributeColumn, AttributeColumns } from '@linchpin/query';
import { neverTime } from '@linchpin/wire';

const ofIdentities: AttributeColumns = {
  deviceId: { kind: 'string', sql: 'i.device_id' },
  moduleId: { kind: 'string', sql: "nullif(i.module_id, '')" },
  deviceEtag: { kind: 'string', sql: 'i.etag' },
  status: { kind: 'string', sql: 'i.status' },
  statusReason: nullable('i.status_reason'),
  statusUpdateTime: instant('i.status_updated_time'),
  connectionState: { kind: 'string', sql: 'i.connection_state' },
  lastActivityTime: instant('i.last_activity_time'),
  cloudToDeviceMessageCount: { kind: 'number', sql: 'i.cloud_to_device_message_count' },
  authenticationType: { kind: 'string', sql: 'i.authentication_type' },
  'x509Thumbprint.primaryThumbprint': nullable('i.primary_thumbprint'),
  'x509Thumbprint.secondaryThumbprint': nullable('i.secondary_thumbprint'),
  modelId: { kind: 'string', sql: 'i.model_id' },
  'capabilities.iotEdge': { kind: 'boolean', sql: 'i.iot_edge' },
  deviceScope: { kind: 'string', sql: 'i.device_scope' },
  parentScopes: {
    kind: 'json',
    sql: 'case when cardinality(i.parent_scopes) > 0 then to_jsonb(i.parent_scopes) end',
  },
};

const ofTwins: AttributeColumns = {
  etag: { kind: 'string', sql: "encode(int8send(t.etag_counter), 'base64')" },
  version: { kind: 'number', sql: 't.version' },
  tags: { kind: 'json', sql: 't.tags' },
  'properties.desired': { kind: 'json', sql: 't.desired' },
  'properties.desired.$metadata': { kind: 'json', sql: 't.desired_metadata' },
  'properties.desired.$version': { kind: 'number', sql: 't.desired_version' },
};

const ofReported: AttributeColumns = {
  'properties.reported': { kind: 'json', sql: 'r.reported' },
  'properties.reported.$metadata': { kind: 'json', sql: 'r.reported_metadata' },
  'properties.reported.$version': { kind: 'number', sql: 'r.reported_version' },
};

export const queryColumns: AttributeColumns = { ...ofIdentities, ...ofTwins, ...ofReported };

/**
 * The rows that a query is about. Tables are joined when they decide something: a count of devices by status reads no
 * twin.
 *
 * @param hub stands for the hub's generation
 */
export function fromTables(paths: ReadonlySet<string>, hub: string): string {
  const join = (columns: AttributeColumns, table: string, alias: string): string =>
    Object.keys(columns).some((path) => paths.has(path))
      ? ` join ${table} as ${alias} on ${alias}.twin_id = i.twin_id and ${alias}.hub_generation = ${hub}`
      : '';
  const twins = join(ofTwins, 'twins', 't');
  return `identities as i${twins}${join(ofReported, 'reported_properties', 'r')}`;
}

/** Null in a document where the column is. */
function nullable(column: string): AttributeColumn {
  return { kind: 'json', sql: `coalesce(to_jsonb(${column}), 'null'::jsonb)` };
}

/** As `formatIsoTime` writes it. */
function instant(column: string): AttributeColumn {
  const digits = `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"0Z"')`;
  return {
    kind: 'instant',
    sql: `coalesce(${column}, '${neverTime}')`,
    text: `coalesce(${digits}, '${neverTime}')`,
  };
}
