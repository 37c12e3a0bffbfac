import { answering, type Database } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import type {
  CredentialHub,
  CredentialStore,
  DeviceCredentialQuery,
  DeviceCredentials,
  IdentityCredentials,
  PolicyCredentials,
  PolicyQuery,
} from '../domain/credential-store.js';
import type { SharedAccessPolicy } from '../domain/shared-access-policy.js';
import { deviceQuery, policyQuery, type DeviceRow, type PolicyRow } from './credential-queries.js';
import { toAccessSettings } from './hub-row.js';
import { toAuthentication, type AuthenticationRow } from './identity-row.js';
import type { RegistryTables } from './schema.js';
import { openKeys, policyPlace } from './sealed-keys.js';
import { isStorable } from './storable.js';

interface PostgresCredentialStoreParts {
  readonly database: Database<RegistryTables>;
  readonly cipher: KeyCipher;
}

interface PreparedStatement {
  /** Under which a connection keeps the prepared statement. */
  readonly name: string;
  readonly text: string;
}

export class PostgresCredentialStore implements CredentialStore {
  readonly #findDevice: PreparedStatement;
  readonly #findPolicy: PreparedStatement;

  constructor(private readonly parts: PostgresCredentialStoreParts) {
    const { db } = parts.database;
    this.#findDevice = { name: 'find_device', text: deviceQuery(db).sql };
    this.#findPolicy = { name: 'find_policy', text: policyQuery(db).sql };
  }

  async findDevice(query: DeviceCredentialQuery): Promise<DeviceCredentials | undefined> {
    const { hostName, policyName = '', deviceId, moduleId = '' } = query;
    const values = [hostName, policyName.toLowerCase(), deviceId, moduleId];
    const row = await this.#first<DeviceRow>(this.#findDevice, values);
    return (
      row && {
        hub: toHub(row),
        policy: toPolicy(row, this.parts.cipher),
        identity: toIdentity(row, this.parts.cipher),
      }
    );
  }

  async findPolicy({ hostName, policyName }: PolicyQuery): Promise<PolicyCredentials | undefined> {
    const values = [hostName, policyName.toLowerCase()];
    const row = await this.#first<PolicyRow>(this.#findPolicy, values);
    return row && { hub: toHub(row), policy: toPolicy(row, this.parts.cipher) };
  }

  async #first<Row extends object>(
    statement: PreparedStatement,
    values: readonly string[],
  ): Promise<Row | undefined> {
    if (!isStorable(...values)) {
      return undefined;
    }
    const { pool } = this.parts.database;
    const { rows } = await answering(pool.query<Row>({ ...statement, values: [...values] }));
    return rows[0];
  }
}

function toHub(row: PolicyRow): CredentialHub {
  return {
    name: row.hub,
    hubGeneration: row.hub_generation,
    hostNames: row.host_names,
    partitionCount: row.partition_count,
    settings: toAccessSettings(row),
  };
}

function toPolicy(row: PolicyRow, cipher: KeyCipher): SharedAccessPolicy | undefined {
  const { policy_name: name, policy_rights: rights } = row;
  const { policy_primary_key: primary_key, policy_secondary_key: secondary_key } = row;
  if (name === null || rights === null || primary_key === null || secondary_key === null) {
    return undefined;
  }
  const keys = openKeys(cipher, { primary_key, secondary_key }, policyPlace(row.hub, name));
  return { name, rights, ...keys };
}

function toIdentity(row: DeviceRow, cipher: KeyCipher): IdentityCredentials | undefined {
  if (!hasIdentity(row)) {
    return undefined;
  }
  return {
    generationId: row.generation_id,
    enabled: row.status === 'enabled' && row.device_status === 'enabled',
    ofEdgeDevice: row.device_iot_edge === true,
    authentication: toAuthentication(row.hub, row, cipher),
  };
}

/** The outer join found the identity: its required columns are there. */
function hasIdentity(row: DeviceRow): row is DeviceRow & AuthenticationRow {
  return row.device_id !== null;
}
