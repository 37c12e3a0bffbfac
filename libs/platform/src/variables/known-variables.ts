/**
 * The names of all variables that anything of Linchpin reads, so that each of it can tell a misspelled one
 * from one that is for another. Variables are often given to all processes alike. What they mean stands
 * where they are read; docs/documents.test.ts holds this list to it.
 */

/** Read by processes of a hub: the keys of the schemas in `config.ts`. Each may come as `<NAME>_FILE`, too. */
const ofProcesses = [
  'LINCHPIN_ADMIN_TOKEN',
  'LINCHPIN_AUDIT_RETENTION_DAYS',
  'LINCHPIN_BLOB_CA_FILE',
  'LINCHPIN_BLOB_HOSTS',
  'LINCHPIN_CONNECTIONS_MAX',
  'LINCHPIN_CONNECTIONS_PER_ADDRESS_MAX',
  'LINCHPIN_DEFAULT_DOMAIN',
  'LINCHPIN_EVENTS_ENDPOINT',
  'LINCHPIN_FAULT_INJECTION',
  'LINCHPIN_FILE_UPLOAD_ADDRESS',
  'LINCHPIN_GATEWAY_ID',
  'LINCHPIN_GRPC_ADVERTISE',
  'LINCHPIN_GRPC_LISTEN',
  'LINCHPIN_GRPC_TLS_CA_FILE',
  'LINCHPIN_GRPC_TLS_CERT_FILE',
  'LINCHPIN_GRPC_TLS_KEY_FILE',
  'LINCHPIN_HANDSHAKE_TIMEOUT_MS',
  'LINCHPIN_HEADERS_TIMEOUT_MS',
  'LINCHPIN_HTTPS_LISTEN',
  'LINCHPIN_IDENTITIES_PER_HUB_MAX',
  'LINCHPIN_IMPORT_BLOB_MIB_MAX',
  'LINCHPIN_JOBS_RUNNING_MAX',
  'LINCHPIN_JOB_DURATION_MAX_MINUTES',
  'LINCHPIN_JOB_LEASE_MS',
  'LINCHPIN_KAFKA_BROKERS',
  'LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS',
  'LINCHPIN_KAFKA_REPLICATION_FACTOR',
  'LINCHPIN_KAFKA_SASL_MECHANISM',
  'LINCHPIN_KAFKA_SASL_PASSWORD',
  'LINCHPIN_KAFKA_SASL_USERNAME',
  'LINCHPIN_KAFKA_TLS',
  'LINCHPIN_KAFKA_TLS_CA_FILE',
  'LINCHPIN_KEEP_ALIVE_TIMEOUT_MS',
  'LINCHPIN_LOG_LEVEL',
  'LINCHPIN_MASTER_KEYS',
  'LINCHPIN_MQTT_CONNECT_TIMEOUT_MS',
  'LINCHPIN_MQTT_LISTEN',
  'LINCHPIN_OIDC_AUDIENCE',
  'LINCHPIN_OIDC_CA_FILE',
  'LINCHPIN_OIDC_CLIENTS',
  'LINCHPIN_OIDC_ISSUER',
  'LINCHPIN_OIDC_NAME_CLAIM',
  'LINCHPIN_OIDC_ROLES',
  'LINCHPIN_OIDC_ROLES_CLAIM',
  'LINCHPIN_OIDC_TOKEN_TYPES',
  'LINCHPIN_PARTIAL_PACKET_BYTES_MAX',
  'LINCHPIN_PENDING_PUBLISHES_PER_CONNECTION_MAX',
  'LINCHPIN_PENDING_TELEMETRY_BYTES_MAX',
  'LINCHPIN_POSTGRES_CONNECTIONS_MAX',
  'LINCHPIN_POSTGRES_URL',
  'LINCHPIN_PROBE_LISTEN',
  'LINCHPIN_PROFILE',
  'LINCHPIN_PROXY_PROTOCOL_FROM',
  'LINCHPIN_REDIS_URL',
  'LINCHPIN_REGISTRY_ADDRESS',
  'LINCHPIN_REQUESTS_MIB_MAX',
  'LINCHPIN_REQUEST_TIMEOUT_MS',
  'LINCHPIN_SHUTDOWN_TIMEOUT_MS',
  'LINCHPIN_TLS_CERT_FILE',
  'LINCHPIN_TLS_CIPHERS',
  'LINCHPIN_TLS_HANDSHAKE_TIMEOUT_MS',
  'LINCHPIN_TLS_KEY_FILE',
  'LINCHPIN_TLS_MIN_VERSION',
  'LINCHPIN_TOPIC_PREFIX',
  'LINCHPIN_UNAUTHENTICATED_MAX',
  'LINCHPIN_UNAUTHENTICATED_PER_ADDRESS_MAX',
];

/** Read by the local runner alone. */
const ofRunner = [
  'LINCHPIN_API_PROBE_PORT',
  'LINCHPIN_BLOB_PORT',
  'LINCHPIN_CERTIFICATE_NAMES',
  'LINCHPIN_ENGINES_DIR',
  'LINCHPIN_FILE_UPLOAD_GRPC_PORT',
  'LINCHPIN_FILE_UPLOAD_PROBE_PORT',
  'LINCHPIN_GATEWAY_GRPC_PORT',
  'LINCHPIN_GATEWAY_MQTT_PORT',
  'LINCHPIN_GATEWAY_PROBE_PORT',
  'LINCHPIN_HOST_NAMES',
  'LINCHPIN_HTTPS_PORT',
  'LINCHPIN_KAFKA_CONTROLLER_PORT',
  'LINCHPIN_KAFKA_PORT',
  'LINCHPIN_LISTEN_ADDRESSES',
  'LINCHPIN_MQTT_PORT',
  'LINCHPIN_PORT_OFFSET',
  'LINCHPIN_POSTGRES_PORT',
  'LINCHPIN_REDIS_PORT',
  'LINCHPIN_REGISTRY_GRPC_PORT',
  'LINCHPIN_REGISTRY_PROBE_PORT',
  'LINCHPIN_STATE_DIR',
];

/** Read by tests, beside whatever begins with `LINCHPIN_TEST_`. */
const ofTests = [
  'LINCHPIN_COPIED_IDENTITIES',
  'LINCHPIN_EXPORTED_IDENTITIES',
  'LINCHPIN_REVOCATION_PER_GROUP',
];

const known: ReadonlySet<string> = new Set([
  ...ofProcesses.flatMap((name) => (name.endsWith('_FILE') ? [name] : [name, `${name}_FILE`])),
  ...ofRunner,
  ...ofTests,
]);

export function isKnownVariable(name: string): boolean {
  return known.has(name) || name.startsWith('LINCHPIN_TEST_');
}

/** The known name that is spelled most like this one; undefined when none is much like it. */
export function nearestVariable(name: string): string | undefined {
  const candidates = [...known].map((candidate) => ({
    candidate,
    // What lacks its end is alike, however long the end is.
    distance: candidate.startsWith(name) ? 0 : editDistance(name, candidate),
    length: candidate.length,
  }));
  const [nearest] = candidates.sort(
    (one, other) => one.distance - other.distance || one.length - other.length,
  );
  const most = (name.length - prefix.length) / 3;
  return nearest !== undefined && nearest.distance <= most ? nearest.candidate : undefined;
}

const prefix = 'LINCHPIN_';

/** How many letters must be added, taken away or replaced (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (one[index] === other[column - 1] ? 0 : 1);
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
