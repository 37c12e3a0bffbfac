/** The tables as the migrations make them; an integration test compares the two. */
import type { OutboxTables } from '@linchpin/platform/outbox';
import type { AuthenticationType, ConnectionState, IdentityStatus } from '@linchpin/wire';
import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '../domain/json-value.js';

export interface TwinTables extends OutboxTables {
  identities: IdentitiesTable;
  twins: TwinsTable;
  reported_properties: ReportedPropertiesTable;
  desired_changes: DesiredChangesTable;
  copied_hubs: CopiedHubsTable;
  deleted_hubs: DeletedHubsTable;
}

/** `bigint` arrives as text: a number could not hold all of it. */
type BigInteger = ColumnType<string, string, string>;
type GeneratedBigInteger = ColumnType<string, never, never>;
/** Written as text. */
type JsonColumn = ColumnType<JsonObject, string, string>;

export interface IdentitiesTable {
  twin_id: GeneratedBigInteger;
  hub_generation: BigInteger;
  hub: string;
  device_id: string;
  /** Empty for a device. */
  module_id: string;
  generation_id: BigInteger;
  etag: string;
  status: IdentityStatus;
  status_reason: string | null;
  status_updated_time: Date | null;
  authentication_type: AuthenticationType;
  primary_thumbprint: string | null;
  secondary_thumbprint: string | null;
  iot_edge: boolean;
  device_scope: string | null;
  parent_scopes: string[];
  connection_state: Generated<ConnectionState>;
  connection_sequence: Generated<string | null>;
  last_activity_time: Generated<Date | null>;
  cloud_to_device_message_count: Generated<number>;
  model_id: Generated<string>;
}

export interface TwinsTable {
  twin_id: BigInteger;
  hub_generation: BigInteger;
  version: BigInteger;
  etag_counter: BigInteger;
  tags: JsonColumn;
  desired: JsonColumn;
  desired_metadata: JsonColumn;
  desired_version: BigInteger;
}

export interface ReportedPropertiesTable {
  twin_id: BigInteger;
  hub_generation: BigInteger;
  reported: JsonColumn;
  reported_metadata: JsonColumn;
  reported_version: BigInteger;
}

interface DesiredChangesTable {
  id: GeneratedBigInteger;
  twin_id: BigInteger;
  version: BigInteger;
  json: string;
  committed_at: Date;
}

interface CopiedHubsTable {
  hub_generation: BigInteger;
}

interface DeletedHubsTable {
  hub_generation: BigInteger;
  deleted_time: Date;
}
