/**
 * Variables of services that a start decides itself: whoever sets one would wait in vain for an effect,
 * so it is refused with the way to have what it is set for. services.test.ts holds this to services.ts.
 */
import type { Environment } from '../environment.js';

const places =
  'LINCHPIN_LISTEN_ADDRESSES, LINCHPIN_MQTT_PORT, LINCHPIN_AMQP_PORT and LINCHPIN_HTTPS_PORT say where';
const insidePorts = 'the variables that end with _PORT and LINCHPIN_PORT_OFFSET move it';
const serverCertificate =
  'the certificate is made for the names of LINCHPIN_HOST_NAMES and LINCHPIN_CERTIFICATE_NAMES';
const innerCertificate =
  'the services have a CA and a pair of their own in tls/ of the state folder';
const oneBroker = 'it is 1, as for the one broker that a local hub has';

/** Each without `_FILE`, unless its own name ends so, and what to do instead. */
const decided: Readonly<Record<string, string>> = {
  LINCHPIN_ADMIN_TOKEN:
    'secrets/admin-token in the state folder has it, or yours when you write it there',
  LINCHPIN_API_ADDRESS: 'LINCHPIN_API_HTTPS_PORT moves it',
  LINCHPIN_API_CA_FILE: innerCertificate,
  LINCHPIN_API_SERVER_NAME: innerCertificate,
  LINCHPIN_AMQP_LISTEN: places,
  LINCHPIN_AMQP_PUBLIC_PORT: places,
  LINCHPIN_BLOB_CA_FILE:
    'the CA of the blob store is that of the hub, tls/ca.crt in the state folder',
  LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: 'LINCHPIN_CLOUD_TO_DEVICE_GRPC_PORT moves it',
  LINCHPIN_FILE_UPLOAD_ADDRESS: 'LINCHPIN_FILE_UPLOAD_GRPC_PORT moves it',
  LINCHPIN_GRPC_ADVERTISE: 'LINCHPIN_GATEWAY_GRPC_PORT moves it',
  LINCHPIN_GRPC_LISTEN: insidePorts,
  LINCHPIN_GRPC_TLS_CA_FILE: innerCertificate,
  LINCHPIN_GRPC_TLS_CERT_FILE: innerCertificate,
  LINCHPIN_GRPC_TLS_KEY_FILE: innerCertificate,
  LINCHPIN_HTTPS_LISTEN: places,
  LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS: oneBroker,
  LINCHPIN_KAFKA_REPLICATION_FACTOR: oneBroker,
  LINCHPIN_MASTER_KEYS: 'secrets/master-keys in the state folder has them',
  LINCHPIN_MQTT_LISTEN: places,
  LINCHPIN_PROBE_LISTEN: insidePorts,
  LINCHPIN_PROFILE:
    'it is dev, for one broker on one disk promises less than the other profile does',
  LINCHPIN_PROXY_PROTOCOL_FROM:
    'it is for the gateways, and the HAProxy of "npm start -- --gateways N", alone',
  LINCHPIN_REGISTRY_ADDRESS: 'LINCHPIN_REGISTRY_GRPC_PORT moves it',
  LINCHPIN_TLS_CERT_FILE: serverCertificate,
  LINCHPIN_TLS_KEY_FILE: serverCertificate,
  LINCHPIN_TWIN_ADDRESS: 'LINCHPIN_TWIN_GRPC_PORT moves it',
};

/** Services have them from the start, and the start from whoever sets them; but not by a file. */
const handedOn = [
  'LINCHPIN_BLOB_HOSTS',
  'LINCHPIN_DEFAULT_DOMAIN',
  'LINCHPIN_KAFKA_BROKERS',
  'LINCHPIN_POSTGRES_URL',
  'LINCHPIN_REDIS_URL',
];

/** By every name that a service would read, with what to do instead. */
export const refusedVariables: ReadonlyMap<string, string> = new Map([
  ...Object.entries(decided).flatMap(([name, instead]) =>
    (name.endsWith('_FILE') ? [name] : [name, `${name}_FILE`]).map(
      (form) => [form, instead] as const,
    ),
  ),
  ...handedOn.map((name) => [`${name}_FILE`, `set ${name} itself`] as const),
]);

/** One sentence for each that is set. */
export function explainRefusedVariables(env: Environment): readonly string[] {
  return [...refusedVariables]
    .filter(([name]) => (env[name] ?? '') !== '')
    .map(([name, instead]) => `${name} is decided by the start: ${instead}.`);
}
