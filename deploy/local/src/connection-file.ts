/** The files that a shell sources to reach the hub: `. .linchpin/connection.env`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DefaultHub, Policy } from './default-hub.js';
import type { BlobAccount, EngineAddresses } from './engines/engines.js';
import { quoteForShell } from './quote-for-shell.js';
import { replaceFile } from './replace-file.js';

interface Connection {
  /** Undefined where another hub has its name. */
  readonly hub: DefaultHub | undefined;
  /** PEM file of the authority that signed the hub's certificate. */
  readonly authorityFile: string;
  /** The same for Node, which reads one file only: with the authorities it was told of before. */
  readonly nodeAuthorityFile: string;
  readonly kafkaBrokers: string;
  readonly kafkaReaders: string | undefined;
  readonly blob: BlobAccount;
}

export function connectionVariables(connection: Connection): Readonly<Record<string, string>> {
  const { hub, authorityFile, nodeAuthorityFile, kafkaBrokers, kafkaReaders, blob } = connection;
  return {
    ...(hub && hubVariables(hub)),
    IOTHUB_CA_FILE: authorityFile,
    KAFKA_BROKERS: kafkaBrokers,
    ...(kafkaReaders !== undefined && { KAFKA_READERS: kafkaReaders }),
    AZURE_STORAGE_CONNECTION_STRING: blobConnectionString(blob),
    NODE_EXTRA_CA_CERTS: nodeAuthorityFile,
  };
}

function hubVariables({ hostName, policy, eventsTopic }: DefaultHub): Record<string, string> {
  return {
    IOTHUB_HOST: hostName,
    ...(policy !== undefined && {
      IOTHUB_CONNECTION_STRING: `HostName=${hostName};${formatPolicy(policy)}`,
      EVENTHUBS_CONNECTION_STRING: `Endpoint=sb://${hostName}/;${formatPolicy(policy)};EntityPath=${eventsTopic}`,
    }),
    KAFKA_EVENTS_TOPIC: eventsTopic,
  };
}

function formatPolicy({ name, primaryKey }: Policy): string {
  return `SharedAccessKeyName=${name};SharedAccessKey=${primaryKey}`;
}

/** As Azure's own tools and SDKs read it. */
function blobConnectionString({ endpoint, account, key }: BlobAccount): string {
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key};BlobEndpoint=${endpoint};`;
}

/**
 * For developers: what a service that is run by hand reads, and the same under the names that the
 * integration tests read.
 */
export function engineVariables(addresses: EngineAddresses): Readonly<Record<string, string>> {
  const byName = {
    POSTGRES_URL: addresses.postgresUrl,
    REDIS_URL: addresses.redisUrl,
    KAFKA_BROKERS: addresses.kafkaBrokers,
  };
  const engines = ['LINCHPIN_', 'LINCHPIN_TEST_'].flatMap((prefix) =>
    Object.entries(byName).map(([name, value]) => [`${prefix}${name}`, value] as const),
  );
  return {
    ...Object.fromEntries(engines),
    // No service has an account of its own there: whoever asks for a job brings a signed URL.
    LINCHPIN_TEST_BLOB_CONNECTION_STRING: blobConnectionString(addresses.blob),
  };
}

/** What a hub may lack, and a shell that sourced the file of an earlier start still has. */
const optionalVariables = [
  'IOTHUB_HOST',
  'IOTHUB_CONNECTION_STRING',
  'EVENTHUBS_CONNECTION_STRING',
  'KAFKA_EVENTS_TOPIC',
  'KAFKA_READERS',
];

export function writeConnectionFile(
  path: string,
  variables: Readonly<Record<string, string>>,
): void {
  const lacking = optionalVariables.filter((name) => variables[name] === undefined);
  writeShellFile(path, variables, lacking);
}

/**
 * Only its owner may read the file: it holds keys.
 *
 * @param lacking the variables that a shell shall not have after it
 */
export function writeShellFile(
  path: string,
  variables: Readonly<Record<string, string>>,
  lacking: readonly string[] = [],
): void {
  const lines = [
    ...lacking.map((name) => `unset ${name}\n`),
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`),
  ];
  replaceFile(path, lines.join(''));
}

/**
 * Writes what NODE_EXTRA_CA_CERTS shall name: the hub's authority before those that `before`
 * names, so that a shell behind a company's proxy still reaches its package registry. `before` may
 * be such a file of ours, from an earlier start.
 */
export function writeNodeAuthorities(authorityFile: string, before: string | undefined): string {
  const path = join(dirname(authorityFile), 'node-extra-ca.crt');
  const authority = readFileSync(authorityFile, 'utf8');
  const earlier = before !== undefined && existsSync(before) ? readFileSync(before, 'utf8') : '';
  const others =
    before === path ? earlier.slice(earlier.indexOf(separator) + separator.length) : earlier;
  replaceFile(path, `${authority}${separator}${others}`, 0o644);
  return path;
}

const separator = '# Known before:\n';
