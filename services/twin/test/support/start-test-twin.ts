/** Whole processes of this service over real engines, with tables and topics of their own. */
import { randomUUID } from 'node:crypto';
import {
  DeviceTwinsClient,
  hubEventsTopic,
  RegistryChange,
  registryChangesTopic,
  TwinQueriesClient,
  TwinsClient,
  TwinUpdateMode,
  type RunQueryRequest,
  type RunQueryResponse,
  type TwinSubject,
  type UpdateTwinRequest,
} from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import { createKafkaJs, ensureTopics, KafkaJsProducer, noHeaders } from '@linchpin/platform/kafka';
import { createLogger } from '@linchpin/platform/logging';
import { freePort, testEngines } from '@linchpin/testing';
import { loadConfig, type TwinConfig } from '../../src/config.js';
import { startTwin } from '../../src/start-twin.js';
import { FakeRegistry } from './fake-registry.js';
import { HubEvents } from './hub-events.js';
import { openTestDatabase, type TestDatabase } from './test-database.js';

export interface TestDeployment {
  readonly registry: FakeRegistry;
  readonly database: TestDatabase;
  readonly producer: KafkaJsProducer;
  /** All that is in the topic `hub-events`. */
  readonly hubEvents: HubEvents;
  readonly topicPrefix: string;
  start(overrides?: Partial<TwinConfig>): Promise<TestTwin>;
  /** As the registry tells of it. */
  tell(change: RegistryChange): Promise<void>;
  /** That no other test has, without a device; the registry knows it. */
  newHub(): TestHub;
  /** In such a hub; the registry knows both. */
  newDevice(): TestSubject;
  close(): Promise<void>;
}

export type TestHub = Pick<TwinSubject, 'hub' | 'hubGeneration'>;
export type TestSubject = TwinSubject & { readonly generationId: string };

/** The JSON of a twin, and its tag. */
export interface SeenTwin {
  readonly etag: string;
  readonly version: number;
  readonly tags: object;
  readonly properties: { readonly desired: SeenSection; readonly reported: SeenSection };
  readonly [member: string]: unknown;
}

interface SeenSection {
  readonly $version: number;
  readonly [member: string]: unknown;
}

type Update = Partial<Pick<UpdateTwinRequest, 'tagsJson' | 'desiredJson' | 'ifMatch' | 'mode'>>;

export interface TestTwin {
  /** All lines so far. */
  readonly log: readonly string[];
  readonly probeUrl: string;
  /** As a back end, which means whatever identity there is. */
  get(subject: TwinSubject): Promise<SeenTwin>;
  /** Of the identity that the same answer names. */
  generationOf(subject: TwinSubject): Promise<string | undefined>;
  /** A patch, unless it says otherwise. */
  update(subject: TwinSubject, update: Update, signal?: AbortSignal): Promise<SeenTwin>;
  properties(subject: TwinSubject): Promise<object>;
  /** @returns the version */
  report(
    subject: TwinSubject,
    patch: object | string | Buffer,
    ifVersion?: bigint,
  ): Promise<number>;
  query(request: RunQueryRequest): Promise<RunQueryResponse>;
  stop(): Promise<void>;
}

const replication = { replicationFactor: 1, minInsyncReplicas: 1 };
let hubs = 0;

export async function createTestDeployment(): Promise<TestDeployment> {
  const { postgresUrl, kafkaBrokers } = testEngines();
  const database = await openTestDatabase();
  const topicPrefix = `test-${randomUUID()}`;
  const logger = createLogger({ service: 'test', level: 'silent' });
  const kafka = createKafkaJs({ brokers: kafkaBrokers, clientId: 'twin-test' }, logger);
  const changesTopic = registryChangesTopic(topicPrefix);
  const eventsTopic = hubEventsTopic(topicPrefix);
  await ensureTopics(kafka, [changesTopic, eventsTopic], replication);
  const producer = await KafkaJsProducer.start(kafka);
  const hubEvents = await HubEvents.of(kafka, eventsTopic.name);
  const registry = new FakeRegistry();
  await registry.start();
  const started: TestTwin[] = [];
  const newHub = (): TestHub => {
    hubs += 1;
    const hub = `hub-${hubs}`;
    const hubGeneration = String(hubs);
    registry.generations.set(hub, hubGeneration);
    return { hub, hubGeneration };
  };
  return {
    registry,
    database,
    producer,
    hubEvents,
    topicPrefix,
    start: async (overrides = {}) => {
      const postgres = { url: postgresUrl, schema: database.schema };
      const config = await configOf({ registryAddress: registry.address, topicPrefix });
      const twin = await startTestTwin({ ...config, postgres, ...overrides });
      started.push(twin);
      return twin;
    },
    tell: (change) =>
      producer.send([
        {
          topic: changesTopic.name,
          key: Buffer.from(change.hub),
          value: Buffer.from(RegistryChange.encode(change).finish()),
          headers: noHeaders,
        },
      ]),
    newHub,
    newDevice: () => {
      const { hub, hubGeneration } = newHub();
      const { deviceId, generationId } = registry.create(hub, 'd1');
      return { hub, hubGeneration, deviceId, generationId };
    },
    close: async () => {
      await Promise.all(started.map((one) => one.stop()));
      registry.stop();
      await hubEvents.close();
      await producer.close();
      await database.close();
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [changesTopic.name, eventsTopic.name] });
      await admin.disconnect();
    },
  };
}

interface Surroundings {
  readonly registryAddress: string;
  readonly topicPrefix: string;
}

/** Of a process among the engines of the test run. */
async function configOf({ registryAddress, topicPrefix }: Surroundings): Promise<TwinConfig> {
  const { postgresUrl, kafkaBrokers, redisUrl } = testEngines();
  return loadConfig({
    LINCHPIN_LOG_LEVEL: 'debug',
    LINCHPIN_PROBE_LISTEN: `127.0.0.1:${await freePort()}`,
    LINCHPIN_GRPC_LISTEN: `127.0.0.1:${await freePort()}`,
    LINCHPIN_POSTGRES_URL: postgresUrl,
    LINCHPIN_POSTGRES_CONNECTIONS_MAX: '10',
    LINCHPIN_MASTER_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    LINCHPIN_REGISTRY_ADDRESS: registryAddress,
    LINCHPIN_REDIS_URL: redisUrl,
    LINCHPIN_KAFKA_BROKERS: kafkaBrokers.join(','),
    LINCHPIN_TOPIC_PREFIX: topicPrefix,
  });
}

async function startTestTwin(config: TwinConfig): Promise<TestTwin> {
  const log: string[] = [];
  const destination = { write: (line: string): unknown => log.push(line) };
  const logger = createLogger({ service: 'twin', level: config.logLevel, destination });
  const running = await startTwin(config, logger);
  const { host, port } = config.grpc.listen;
  const place = { address: `${host}:${port}`, tls: undefined };
  const twins = createGrpcClient(TwinsClient, place);
  const devices = createGrpcClient(DeviceTwinsClient, place);
  const queries = createGrpcClient(TwinQueriesClient, place);
  const options = { name: 'Twins', deadlineMs: 20_000 };
  let stopping: Promise<void> | undefined;
  /** As a back end, which proves no generation. */
  const ofBackEnd = (subject: TwinSubject): TwinSubject => ({
    ...subject,
    generationId: undefined,
  });
  return {
    log,
    probeUrl: `http://${config.probeListen.host}:${config.probeListen.port}`,
    get: async (subject) => {
      const request = { subject: ofBackEnd(subject) };
      const { twin } = await callUnary(twins.getTwin.bind(twins), request, options);
      return JSON.parse(twin?.json ?? '') as SeenTwin;
    },
    generationOf: async (subject) => {
      const request = { subject: ofBackEnd(subject) };
      const { twin } = await callUnary(twins.getTwin.bind(twins), request, options);
      return twin?.generationId;
    },
    update: async (subject, { mode = TwinUpdateMode.PATCH, ...update }, signal) => {
      const request = { subject: ofBackEnd(subject), mode, ...update };
      const taken = { ...options, ...(signal && { signal }) };
      const { twin } = await callUnary(twins.updateTwin.bind(twins), request, taken);
      return JSON.parse(twin?.json ?? '') as SeenTwin;
    },
    properties: async (subject) => {
      const rpc = devices.getProperties.bind(devices);
      const { propertiesJson } = await callUnary(rpc, { subject }, options);
      return JSON.parse(propertiesJson) as object;
    },
    report: async (subject, patch, ifVersion) => {
      const patchJson = Buffer.isBuffer(patch)
        ? patch
        : Buffer.from(typeof patch === 'string' ? patch : JSON.stringify(patch));
      const rpc = devices.patchReported.bind(devices);
      const { version } = await callUnary(rpc, { subject, patchJson, ifVersion }, options);
      return Number(version);
    },
    query: (request) => callUnary(queries.runQuery.bind(queries), request, options),
    stop: () =>
      (stopping ??= (async () => {
        twins.close();
        devices.close();
        queries.close();
        await running.stop();
      })()),
  };
}
