import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestIssuerSettings } from './test-issuer.js';

/** Where the engines are that `npm test` started for tests; see `deploy/local/README.md`. */
interface TestEngines {
  readonly kafkaBrokers: string[];
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** For `BlobAccount`. */
  readonly blobConnectionString: string;
  /** PEM file of who signed the blob store's certificate: the hub's own authority. */
  readonly blobAuthorityFile: string;
}

/** @throws Error that says how to start them */
export function testEngines(): TestEngines {
  return {
    kafkaBrokers: read('LINCHPIN_TEST_KAFKA_BROKERS').split(','),
    postgresUrl: read('LINCHPIN_TEST_POSTGRES_URL'),
    redisUrl: read('LINCHPIN_TEST_REDIS_URL'),
    blobConnectionString: read('LINCHPIN_TEST_BLOB_CONNECTION_STRING'),
    blobAuthorityFile: read('IOTHUB_CA_FILE'),
  };
}

/** The hub that `npm test` started. */
interface TestHub {
  /** Its address, where it listens on 443. */
  readonly host: string;
  /** PEM text of what a client must trust. */
  readonly authority: string;
  readonly adminToken: string;
}

/** @throws Error that says how to start it */
export function testHub(): TestHub {
  const secrets = join(read('LINCHPIN_STATE_DIR'), 'secrets');
  return {
    host: read('IOTHUB_HOST'),
    authority: readFileSync(read('IOTHUB_CA_FILE'), 'utf8'),
    adminToken: readFileSync(join(secrets, 'admin-token'), 'utf8').trim(),
  };
}

/** The variables of another process beside those of that hub: how it reaches the registry, and TLS. */
export function testServiceVariables(): Readonly<Record<string, string>> {
  const state = read('LINCHPIN_STATE_DIR');
  const { processes } = JSON.parse(readFileSync(join(state, 'run.json'), 'utf8')) as {
    readonly processes: readonly { readonly name: string; readonly port: number }[];
  };
  const registry = processes.find(({ name }) => name === 'registry');
  const tls = (file: string): string => join(state, 'tls', file);
  return {
    LINCHPIN_REGISTRY_ADDRESS: `127.0.0.1:${registry?.port ?? 0}`,
    LINCHPIN_GRPC_TLS_CERT_FILE: tls('service.crt'),
    LINCHPIN_GRPC_TLS_KEY_FILE: tls('service.key'),
    LINCHPIN_GRPC_TLS_CA_FILE: tls('internal-ca.crt'),
    LINCHPIN_TLS_CERT_FILE: tls('server-ec.crt'),
    LINCHPIN_TLS_KEY_FILE: tls('server-ec.key'),
  };
}

/** The issuer whose tokens the hub under test trusts, for `TestIssuer`: nobody is it but a test. */
export function testIssuerSettings(): TestIssuerSettings {
  const { hostname: host, port } = new URL(read('LINCHPIN_TEST_ISSUER'));
  const tls = join(read('LINCHPIN_STATE_DIR'), 'tls');
  const certificate = { certificate: join(tls, 'server-ec.crt'), key: join(tls, 'server-ec.key') };
  return { certificate, host, port: Number(port), signsWithItsCertificate: true };
}

/** What `S3Store` runs. */
export function testS3Programs(): { readonly java: string; readonly classPath: string } {
  return {
    java: read('LINCHPIN_TEST_JAVA'),
    classPath: join(read('LINCHPIN_TEST_S3_STORE'), 'lib', '*'),
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run \`npm test\`, which starts the engines`);
  }
  return value;
}
