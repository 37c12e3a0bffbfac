/** Tables as the twin service has them. */
import type { Client } from 'pg';
import type { AttributeColumns } from '../../src/index.js';
import type { Twin } from './generated-twins.js';

export const twinColumns: AttributeColumns = {
  deviceId: { kind: 'string', sql: 'i.device_id' },
  moduleId: { kind: 'string', sql: "nullif(i.module_id, '')" },
  status: { kind: 'string', sql: 'i.status' },
  statusReason: nullable('i.status_reason'),
  statusUpdateTime: instant('i.status_updated_time'),
  connectionState: { kind: 'string', sql: 'i.connection_state' },
  lastActivityTime: instant('i.last_activity_time'),
  cloudToDeviceMessageCount: { kind: 'number', sql: 'i.cloud_to_device_message_count' },
  'x509Thumbprint.primaryThumbprint': nullable('i.primary_thumbprint'),
  'x509Thumbprint.secondaryThumbprint': nullable('i.secondary_thumbprint'),
  modelId: { kind: 'string', sql: 'i.model_id' },
  version: { kind: 'number', sql: 't.version' },
  tags: { kind: 'json', sql: 't.tags' },
  'properties.desired': { kind: 'json', sql: 't.desired' },
  'properties.desired.$metadata': { kind: 'json', sql: 't.desired_metadata' },
  'properties.desired.$version': { kind: 'number', sql: 't.desired_version' },
  'properties.reported': { kind: 'json', sql: 'r.reported' },
  'properties.reported.$metadata': { kind: 'json', sql: 'r.reported_metadata' },
  'properties.reported.$version': { kind: 'number', sql: 'r.reported_version' },
  'capabilities.iotEdge': { kind: 'boolean', sql: 'i.iot_edge' },
  deviceScope: { kind: 'string', sql: 'i.device_scope' },
  parentScopes: {
    kind: 'json',
    sql: 'case when cardinality(i.parent_scopes) > 0 then to_jsonb(i.parent_scopes) end',
  },
};

function nullable(column: string): AttributeColumns[string] {
  return { kind: 'json', sql: `coalesce(to_jsonb(${column}), 'null'::jsonb)` };
}

function instant(column: string): AttributeColumns[string] {
  const digits = `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"0Z"')`;
  return {
    kind: 'instant',
    sql: `coalesce(${column}, '0001-01-01T00:00:00Z')`,
    text: `coalesce(${digits}, '0001-01-01T00:00:00Z')`,
  };
}

export async function createTables(client: Client): Promise<void> {
  await client.query(`
    create table identities (
      twin_id bigint generated always as identity primary key,
      device_id text collate "C" not null,
      module_id text collate "C" not null,
      status text not null,
      status_reason text,
      status_updated_time timestamptz,
      connection_state text not null,
      last_activity_time timestamptz,
      cloud_to_device_message_count int not null,
      primary_thumbprint text,
      secondary_thumbprint text,
      iot_edge boolean not null,
      device_scope text,
      parent_scopes text[] not null,
      model_id text not null,
      unique (device_id, module_id)
    );
    create table twins (
      twin_id bigint primary key references identities,
      version bigint not null,
      tags jsonb not null,
      desired jsonb not null,
      desired_metadata jsonb not null,
      desired_version bigint not null
    );
    create table reported_properties (
      twin_id bigint primary key references identities,
      reported jsonb not null,
      reported_metadata jsonb not null,
      reported_version bigint not null
    )`);
}

export async function insertTwin(client: Client, twin: Twin): Promise<void> {
  const values = [
    twin.deviceId,
    twin.moduleId,
    twin.status,
    twin.statusReason,
    twin.statusUpdatedTime,
    twin.connectionState,
    twin.lastActivityTime,
    twin.messageCount,
    twin.thumbprint,
    twin.iotEdge,
    twin.deviceScope,
    twin.parentScopes,
    twin.modelId,
    twin.version,
    JSON.stringify(twin.tags),
    JSON.stringify(twin.desired),
    JSON.stringify(twin.desiredMetadata),
    twin.desiredVersion,
    JSON.stringify(twin.reported),
    JSON.stringify(twin.reportedMetadata),
    twin.reportedVersion,
  ];
  await client.query(
    `with identity as (
       insert into identities (device_id, module_id, status, status_reason, status_updated_time, connection_state,
         last_activity_time, cloud_to_device_message_count, primary_thumbprint, iot_edge, device_scope, parent_scopes,
         model_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning twin_id
     ), twin as (
       insert into twins select twin_id, $14, $15, $16, $17, $18 from identity
     )
     insert into reported_properties select twin_id, $19, $20, $21 from identity`,
    values,
  );
}
