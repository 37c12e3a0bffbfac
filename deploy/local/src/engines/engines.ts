/** The engines of a hub: each started here or given, with the address its clients use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHostPort } from '@linchpin/platform/config';
import { isWildcard, type LocalConfig } from '../config.js';
import type { Reporter } from '../console/reporter.js';
import type { EnginePrograms } from '../machine/requirements.js';
import { gatewayPort } from '../ports.js';
import { replaceFile } from '../replace-file.js';
import { RunnerError } from '../runner-error.js';
import type { Secrets } from '../secrets.js';
import type { StatePaths } from '../state-folder.js';
import type { GivenStep, Step } from '../supervisor/plan.js';
import type { CertificateFiles } from '../tls/certificate-files.js';
import { blobEndpoint, prepareAzurite } from './azurite.js';
import type { ReadersListener } from './kafka-config.js';
import { prepareKafka } from './kafka.js';
import { prepareLoadBalancer } from './load-balancer.js';
import { postgresUrl, preparePostgres } from './postgres.js';
import { tcpProbe } from './probes.js';
import { prepareRedis, redisUrl } from './redis.js';

interface EnginesSetup {
  readonly config: LocalConfig;
  readonly paths: StatePaths;
  readonly secrets: Secrets;
  readonly certificates: CertificateFiles;
  readonly programs: EnginePrograms;
  /** How many gateways stand behind the MQTT port; one needs no load balancer. */
  readonly gateways: number;
  /** Without services nobody could tell which readers to take. */
  readonly enginesOnly: boolean;
  readonly reporter: Reporter;
}

export interface EngineAddresses {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly kafkaBrokers: string;
  /** Where the readers of hubs connect by `$ConnectionString`; undefined where another's Kafka is used. */
  readonly kafkaReaders: string | undefined;
  readonly blob: BlobAccount;
}

/** Where blobs are, and who may do everything there. */
export interface BlobAccount {
  /** With the account as its path, as a store that is reached by its address has it. */
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
}

export function engineAddresses(config: LocalConfig, secrets: Secrets): EngineAddresses {
  const { given, ports } = config;
  const readers = { host: readersHost(config), port: ports.kafkaReaders };
  return {
    postgresUrl: given.postgresUrl ?? postgresUrl(ports.postgres, secrets.postgresPassword),
    redisUrl: given.redisUrl ?? redisUrl(ports.redis, secrets.redisPassword),
    kafkaBrokers: given.kafkaBrokers ?? `127.0.0.1:${ports.kafka}`,
    kafkaReaders: given.kafkaBrokers === undefined ? formatHostPort(readers) : undefined,
    blob: {
      endpoint: blobEndpoint(ports.blob, secrets.blobAccount),
      account: secrets.blobAccount,
      key: secrets.blobKey,
    },
  };
}

/** Makes each engine's data folder where there is none, and says how to run it. */
export async function enginesPlan(setup: EnginesSetup): Promise<readonly Step[]> {
  const preparing = [kafkaStep(setup), postgresStep(setup)];
  // When one fails, the other's program must have ended before the runner does.
  await Promise.allSettled(preparing);
  const balancer = loadBalancerStep(setup);
  // Kafka first: it takes longest, and the two cores are shared.
  return [
    ...(await Promise.all(preparing)),
    redisStep(setup),
    azuriteStep(setup),
    ...(balancer === undefined ? [] : [balancer]),
  ];
}

async function postgresStep(setup: EnginesSetup): Promise<Step> {
  const { config, paths, secrets, programs, reporter } = setup;
  if (programs.postgres === undefined) {
    return givenStep('postgres', 'LINCHPIN_POSTGRES_URL', config.given.postgresUrl ?? '', 5432);
  }
  return preparePostgres({
    folder: paths.postgres,
    port: config.ports.postgres,
    password: secrets.postgresPassword,
    programs: programs.postgres,
    environment: config.environment,
    reporter,
  });
}

async function kafkaStep(setup: EnginesSetup): Promise<Step> {
  const { config, paths, programs, enginesOnly, reporter } = setup;
  if (programs.kafka === undefined) {
    const [first = ''] = (config.given.kafkaBrokers ?? '').split(',');
    return givenStep('kafka', 'LINCHPIN_KAFKA_BROKERS', `kafka://${first.trim()}`, 9092);
  }
  return prepareKafka({
    folder: paths.kafka,
    ...programs.kafka,
    port: config.ports.kafka,
    controllerPort: config.ports.kafkaController,
    readers: enginesOnly ? undefined : readersListener(setup),
    environment: config.environment,
    reporter,
  });
}

/** A name in the certificate, by which clients find the broker. */
function readersHost({ hubHostNames, listenAddresses }: LocalConfig): string {
  return hubHostNames[0] ?? listenAddresses[0] ?? '127.0.0.1';
}

/** Kafka takes no two listeners on one port, and so no list of addresses. */
function readersListener({ config, paths, certificates }: EnginesSetup): ReadersListener {
  const { listenAddresses, ports } = config;
  const [host = '127.0.0.1'] = listenAddresses;
  const api = isWildcard(host) ? '127.0.0.1' : host;
  const { authorityFile, server } = certificates;
  const certificateFile = join(paths.kafka, 'readers.pem');
  const [{ keyFile, certificateFile: chainFile }] = server;
  replaceFile(certificateFile, readFileSync(keyFile, 'utf8') + readFileSync(chainFile, 'utf8'));
  return {
    host,
    port: ports.kafkaReaders,
    advertisedHost: readersHost(config),
    apiUrl: `https://${formatHostPort({ host: api, port: ports.https })}`,
    authorityFile,
    certificateFile,
  };
}

function redisStep(setup: EnginesSetup): Step {
  const { config, paths, secrets, programs } = setup;
  if (programs.redis === undefined) {
    return givenStep('redis', 'LINCHPIN_REDIS_URL', config.given.redisUrl ?? '', 6379);
  }
  return prepareRedis({
    folder: paths.redis,
    port: config.ports.redis,
    password: secrets.redisPassword,
    program: programs.redis,
    environment: config.environment,
  });
}

function azuriteStep({ config, paths, secrets, certificates }: EnginesSetup): Step {
  return prepareAzurite({
    folder: paths.blob,
    port: config.ports.blob,
    account: secrets.blobAccount,
    key: secrets.blobKey,
    server: certificates.server[0],
    authorityFile: certificates.authorityFile,
    environment: config.environment,
  });
}

function loadBalancerStep(setup: EnginesSetup): Step | undefined {
  const { config, paths, programs } = setup;
  if (programs.haproxy === undefined) {
    return undefined;
  }
  const { ports, listenAddresses } = config;
  const [address = '127.0.0.1'] = listenAddresses;
  return prepareLoadBalancer({
    folder: paths.loadBalancer,
    program: programs.haproxy,
    address: isWildcard(address) ? '127.0.0.1' : address,
    port: ports.mqtt,
    frontends: (
      [
        { protocol: 'mqtt', inside: 'gatewayMqtt' },
        { protocol: 'amqp', inside: 'gatewayAmqp' },
        { protocol: 'https', inside: 'gatewayHttps' },
      ] as const
    ).map(({ protocol, inside }) => ({
      protocol,
      listen: listenAddresses.map((host) => formatHostPort({ host, port: ports[protocol] })),
      gateways: Array.from({ length: setup.gateways }, (_, i) => ({
        name: `gateway-${i + 1}`,
        port: gatewayPort(ports, inside, i + 1),
        probePort: gatewayPort(ports, 'gatewayProbe', i + 1),
      })),
    })),
    environment: config.environment,
  });
}

/** An engine that somebody else runs is used as it is; only that it answers is looked at. */
function givenStep(
  name: 'postgres' | 'redis' | 'kafka',
  variable: string,
  url: string,
  standardPort: number,
): GivenStep {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new RunnerError(
      `${variable} holds no address.`,
      `Correct it, or unset it to have ${name} started here.`,
    );
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = parsed.port === '' ? standardPort : Number(parsed.port);
  return {
    kind: 'given',
    name,
    label: `${name} at ${formatHostPort({ host, port })}, given by ${variable}`,
    needs: [],
    isReady: tcpProbe({ host, port }),
    remedy: `Start it, or unset ${variable} to have ${name} started here.`,
  };
}
