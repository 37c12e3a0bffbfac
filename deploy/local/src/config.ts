/**
 * The runner's variables: environment → one readonly value. README.md of this package has the
 * table of them. All faults are reported together.
 */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { hostPorts } from '@linchpin/platform/config';
import { unknownVariables } from '@linchpin/platform/variables';
import { isDnsName } from '@linchpin/wire';
import { readList, readWholeNumber, type Environment } from './environment.js';
import { readPorts, type Ports } from './ports.js';
import { RunnerError } from './runner-error.js';
import { explainRefusedVariables } from './services/decided-variables.js';
import { repositoryDir, standardStateDir } from './state-folder.js';

export interface LocalConfig {
  readonly repositoryDir: string;
  /** Everything that a hub leaves behind lies here. */
  readonly stateDir: string;
  /** Engines that Debian has no package for; shared by all state folders. */
  readonly enginesDir: string;
  /** Where devices and back ends connect: addresses of this machine, never empty. */
  readonly listenAddresses: readonly string[];
  /** The default hub's host names; the first stands in the connection string. */
  readonly hubHostNames: readonly string[];
  /** A hub that is made without host names is `<name>.<defaultDomain>`. */
  readonly defaultDomain: string;
  /** What the server certificate is good for: every hub's names, as far as known, and every listen address. */
  readonly certificateNames: readonly string[];
  readonly ports: Ports;
  /** Engines that run already; an absent one is started here. */
  readonly given: GivenEngines;
  /** How long a service may drain, as the services themselves read it. */
  readonly shutdownTimeoutMs: number;
  /** What every process that is started inherits. */
  readonly environment: Readonly<Record<string, string>>;
}

interface GivenEngines {
  readonly postgresUrl?: string;
  readonly redisUrl?: string;
  readonly kafkaBrokers?: string;
}

/** Below it the certificate can name all: OpenSSL and Node take no `*` directly below a top-level domain. */
const standardDomain = 'linchpin.localhost';

/** Reads `env`; a machine without IPv6 loses the default `::1`, never one that was asked for. */
export function readConfig(
  env: Environment = process.env,
  hasIpv6 = machineHasIpv6(),
): LocalConfig {
  const faults = [
    ...unknownVariables(env).map((fault) => `${fault}.`),
    ...explainRefusedVariables(env),
  ];
  const listenAddresses = readListenAddresses(env, hasIpv6, faults);
  const hubHostNames = hostNames(listenAddresses, readNames(env, 'LINCHPIN_HOST_NAMES', faults));
  const defaultDomain = readDomain(env, faults);
  const others = readNames(env, 'LINCHPIN_CERTIFICATE_NAMES', faults);
  const drainRange = { min: 0, max: 600_000 };
  const config: LocalConfig = {
    repositoryDir,
    stateDir: resolve(repositoryDir, env['LINCHPIN_STATE_DIR'] ?? standardStateDir),
    enginesDir: resolve(repositoryDir, env['LINCHPIN_ENGINES_DIR'] ?? join('.linchpin', 'engines')),
    listenAddresses,
    hubHostNames,
    defaultDomain,
    certificateNames: unique([
      ...['localhost', '127.0.0.1', '::1', ...hubHostNames],
      ...listenAddresses.filter((address) => !isWildcard(address)),
      ...[`*.${defaultDomain}`, ...others],
    ]),
    ports: readPorts(env, faults),
    given: readGivenEngines(env, faults),
    shutdownTimeoutMs:
      readWholeNumber(env, 'LINCHPIN_SHUTDOWN_TIMEOUT_MS', drainRange, faults) ?? 30_000,
    environment: withoutUndefined(env),
  };
  refuseFolders([repositoryDir, config.stateDir, config.enginesDir], faults);
  if (faults.length > 0) {
    throw new RunnerError(faults.join(' '), 'deploy/local/README.md has the table of variables.');
  }
  return config;
}

/** True for the addresses that stand for every interface. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Kafka and the services read lists of paths between commas, and Java between colons. */
function refuseFolders(folders: readonly string[], faults: string[]): void {
  const refused = folders.find((folder) => /[,:\n]/.test(folder));
  if (refused !== undefined) {
    faults.push(`"${refused}" holds a comma or a colon, where paths end: choose another folder.`);
  }
}

function readListenAddresses(
  env: Environment,
  hasIpv6: boolean,
  faults: string[],
): readonly string[] {
  const standard = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const addresses = readList(env, 'LINCHPIN_LISTEN_ADDRESSES') ?? standard;
  for (const address of addresses.filter((candidate) => isIP(candidate) === 0)) {
    faults.push(`LINCHPIN_LISTEN_ADDRESSES holds "${address}", which is no IP address.`);
  }
  return addresses;
}

/** A hub is found by name; IPv6 addresses, which no SDK's HostName can hold, are left out. */
function hostNames(addresses: readonly string[], extra: readonly string[]): readonly string[] {
  const isLocal = (address: string): boolean =>
    address === '127.0.0.1' || address === '::1' || isWildcard(address);
  return unique([
    ...(addresses.some(isLocal) ? ['localhost'] : []),
    ...(addresses.some(isWildcard) ? ['127.0.0.1'] : []),
    ...addresses.filter((address) => isIP(address) === 4 && !isWildcard(address)),
    ...extra,
  ]);
}

/** DNS names and addresses; only a certificate can do something with `*`. */
function readNames(
  env: Environment,
  variable: 'LINCHPIN_HOST_NAMES' | 'LINCHPIN_CERTIFICATE_NAMES',
  faults: string[],
): readonly string[] {
  const names = readList(env, variable) ?? [];
  const mayHaveStar = variable === 'LINCHPIN_CERTIFICATE_NAMES';
  for (const name of names) {
    if (!isDnsName(mayHaveStar ? name.replace(/^\*\./, '') : name) && isIP(name) === 0) {
      faults.push(`${variable} holds "${name}", which is neither a DNS name nor an IP address.`);
    } else if (/^\*\.[^.]+$/.test(name)) {
      faults.push(
        `${variable} holds "${name}", but Node and OpenSSL take no * directly below a top-level domain.`,
      );
    }
  }
  return names;
}

function readDomain(env: Environment, faults: string[]): string {
  const { LINCHPIN_DEFAULT_DOMAIN: domain = '' } = env;
  if (domain !== '' && !(isDnsName(domain) && domain.includes('.'))) {
    faults.push(
      `LINCHPIN_DEFAULT_DOMAIN is "${domain}", not a domain of two labels or more such as iot.example.net.`,
    );
  }
  return domain === '' ? standardDomain : domain;
}

function readGivenEngines(env: Environment, faults: string[]): GivenEngines {
  const postgresUrl = env['LINCHPIN_POSTGRES_URL'];
  const redisUrl = env['LINCHPIN_REDIS_URL'];
  const kafkaBrokers = env['LINCHPIN_KAFKA_BROKERS'];
  if (kafkaBrokers && !hostPorts.safeParse(kafkaBrokers).success) {
    faults.push(`LINCHPIN_KAFKA_BROKERS is "${kafkaBrokers}", not host:port, several by commas.`);
  }
  return {
    ...(postgresUrl ? { postgresUrl } : {}),
    ...(redisUrl ? { redisUrl } : {}),
    ...(kafkaBrokers ? { kafkaBrokers } : {}),
  };
}

function withoutUndefined(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

function machineHasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((address) => address.address === '::1'),
  );
}
