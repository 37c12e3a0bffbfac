/** The tables as the migrations make them; an integration test compares the two. */
import type { IpFilterRule, TlsVersion } from '@linchpin/auth';
import type { OutboxTables } from '@linchpin/platform/outbox';
import type {
  AuthenticationType,
  ConnectionState,
  HubState,
  IdentityStatus,
  SkuName,
} from '@linchpin/wire';
import type { ColumnType, Generated } from 'kysely';
import type { KeptCloudToDevice } from '../domain/kept-properties.js';

export interface RegistryTables extends OutboxTables {
  hubs: HubsTable;
  hub_host_names: HubHostNamesTable;
  shared_access_policies: SharedAccessPoliciesTable;
  consumer_groups: ConsumerGroupsTable;
  identities: IdentitiesTable;
  audit_log: AuditLogTable;
  ca_certificates: CaCertificatesTable;
}

/** `bigint` arrives as text: a number could not hold all of it. */
type BigInteger = ColumnType<string, string, string>;
type GeneratedBigInteger = ColumnType<string, never, string>;
/** Written as text: the driver would take an array for one of PostgreSQL's. */
type JsonColumn<Value> = ColumnType<Value, string | undefined, string>;

export interface HubsTable {
  id: GeneratedBigInteger;
  name: string;
  subscription_id: string;
  resource_group: string;
  location: string;
  partition_count: number;
  retention_days: number;
  state: HubState;
  etag: GeneratedBigInteger;
  tags: JsonColumn<Readonly<Record<string, string>>>;
  sku: Generated<SkuName>;
  units: Generated<number>;
  limits: Generated<'tier' | 'unlimited'>;
  disable_local_auth: Generated<boolean>;
  disable_device_sas: Generated<boolean>;
  disable_module_sas: Generated<boolean>;
  ip_filter_rules: JsonColumn<readonly IpFilterRule[]>;
  min_tls_version: Generated<TlsVersion | null>;
  kept_properties: Generated<Buffer | null>;
  topic_outdated: Generated<boolean>;
  cloud_to_device: ColumnType<KeptCloudToDevice | null, string | undefined, string>;
}

export interface HubHostNamesTable {
  host_name: string;
  hub_id: BigInteger;
  position: number;
}

export interface SharedAccessPoliciesTable {
  hub_id: BigInteger;
  name: string;
  rights: number;
  primary_key: Buffer;
  secondary_key: Buffer;
}

/** Written by `writeAudit` alone. */
export interface AuditLogTable {
  id: GeneratedBigInteger;
  time: ColumnType<Date, never, never>;
  hub: string;
  subscription_id: string;
  resource_group: string;
  operation: string;
  subject: Record<string, unknown>;
  details: Record<string, unknown>;
  actor_kind: string;
  actor_name: string;
  client_address: string | null;
  request_id: string | null;
  job_id: string | null;
  trace_id: string | null;
}

export interface ConsumerGroupsTable {
  hub_id: BigInteger;
  name: string;
}

export interface IdentitiesTable {
  hub_id: BigInteger;
  device_id: string;
  /** Empty for a device. */
  module_id: string;
  generation_id: BigInteger;
  etag: GeneratedBigInteger;
  status: IdentityStatus;
  status_reason: string | null;
  status_updated_time: Date | null;
  authentication_type: AuthenticationType;
  primary_key: Buffer | null;
  secondary_key: Buffer | null;
  primary_thumbprint: string | null;
  secondary_thumbprint: string | null;
  iot_edge: boolean;
  device_scope: string | null;
  parent_scopes: string[];
  managed_by: string | null;
  attributes_json: string | null;
  connection_state: Generated<ConnectionState>;
  connection_sequence: Generated<string | null>;
  connection_state_updated_time: Generated<Date | null>;
  last_activity_time: Generated<Date | null>;
}

export interface CaCertificatesTable {
  hub_id: BigInteger;
  name: string;
  /** In DER. */
  certificate: Buffer;
  is_verified: boolean;
  verification_code: string | null;
  created_time: Date;
  updated_time: Date;
  etag: GeneratedBigInteger;
}
