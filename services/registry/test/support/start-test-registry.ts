/** A whole registry over real engines, with tables and topics of its own, and clients that call it. */
import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { Client, ServiceDefinition } from '@grpc/grpc-js';
import {
  AuditLogClient,
  AuditLogService,
  BulkRegistryClient,
  BulkRegistryService,
  CertificatesClient,
  CertificatesService,
  ConsumerGroupsClient,
  ConsumerGroupsService,
  HubAdministrationClient,
  HubAdministrationService,
  IdentityPagesClient,
  IdentityPagesService,
  RecipientsClient,
  RecipientsService,
  RegistryClient,
  registryChangesTopic,
  RegistryService,
  UploadSettingsClient,
  UploadSettingsService,
} from '@linchpin/contracts';
import type { GrpcTls, HostPort } from '@linchpin/platform/config';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { createKafkaJs, ensureTopics, type TopicSpec } from '@linchpin/platform/kafka';
import { createLogger } from '@linchpin/platform/logging';
import { freePort, testEngines } from '@linchpin/testing';
import type { RegistryConfig } from '../../src/config.js';
import { startRegistry } from '../../src/start-registry.js';
import { openTestDatabase, testMasterKey, type TestDatabase } from './postgres-stores.js';

/** Tables and topics of a test file's own; any number of registries may serve them. */
export interface TestDeployment {
  readonly database: TestDatabase;
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topicPrefix: string;
  start(overrides?: Partial<RegistryConfig>): Promise<TestRegistry>;
  /** Stops what was started, and removes the tables and topics. */
  close(): Promise<void>;
}

export interface TestRegistry {
  readonly identities: RpcCalls<typeof RegistryService>;
  readonly bulk: RpcCalls<typeof BulkRegistryService>;
  readonly hubs: RpcCalls<typeof HubAdministrationService>;
  readonly consumerGroups: RpcCalls<typeof ConsumerGroupsService>;
  readonly audit: RpcCalls<typeof AuditLogService>;
  readonly certificates: RpcCalls<typeof CertificatesService>;
  readonly pages: RpcCalls<typeof IdentityPagesService>;
  readonly recipients: RpcCalls<typeof RecipientsService>;
  readonly uploadSettings: RpcCalls<typeof UploadSettingsService>;
  readonly probeUrl: string;
  /** All lines so far. */
  readonly log: readonly string[];
  /** A second one is no error. */
  stop(): Promise<void>;
}

export const testReplication = { replicationFactor: 1, minInsyncReplicas: 1 };
export const silentLogger = createLogger({ service: 'test', level: 'silent' });

export async function createTestDeployment(): Promise<TestDeployment> {
  const database = await openTestDatabase();
  const topicPrefix = `test-${randomUUID()}`;
  const connection = { brokers: testEngines().kafkaBrokers, clientId: 'registry-test' };
  const kafka = createKafkaJs(connection, silentLogger);
  await ensureTopics(kafka, [registryChangesTopic(topicPrefix)], testReplication);
  const base = {
    logLevel: 'debug',
    shutdownTimeoutMs: 10_000,
    tracingEndpoint: undefined,
    postgres: { url: testEngines().postgresUrl, schema: database.schema },
    postgresConnectionsMax: 10,
    kafka: connection,
    topicPrefix,
    replication: testReplication,
    masterKeys: [testMasterKey],
    defaultDomain: 'example.net',
    identitiesPerHubMax: 1_000_000,
    auditRetentionDays: 365,
  } satisfies Partial<RegistryConfig>;
  const started: TestRegistry[] = [];
  return {
    database,
    kafka,
    topicPrefix,
    start: async (overrides = {}) => {
      const grpc = { listen: await freeAddress(), tls: undefined };
      const probeListen = await freeAddress();
      const registry = await startTestRegistry({ ...base, grpc, probeListen, ...overrides });
      started.push(registry);
      return registry;
    },
    close: async () => {
      await Promise.all(started.map((registry) => registry.stop()));
      await database.close();
      await deleteTopicsOf(kafka, topicPrefix);
    },
  };
}

export async function deleteTopicsOf(
  kafka: TestDeployment['kafka'],
  prefix: string,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}

export async function createTopic({ kafka }: TestDeployment, topic: TopicSpec): Promise<void> {
  await ensureTopics(kafka, [topic], testReplication);
}

/** Of an rpc's promise: calls over a connection of their own, as other services make them. */
export function connectTo(
  { host, port }: RegistryConfig['grpc']['listen'],
  tls: GrpcTls | undefined,
): Pick<
  TestRegistry,
  | 'identities'
  | 'bulk'
  | 'hubs'
  | 'consumerGroups'
  | 'pages'
  | 'audit'
  | 'certificates'
  | 'recipients'
  | 'uploadSettings'
> & {
  close(): void;
} {
  const settings = { address: `${host}:${port}`, tls };
  const registry = createGrpcClient(RegistryClient, settings);
  const bulk = createGrpcClient(BulkRegistryClient, settings);
  const hubs = createGrpcClient(HubAdministrationClient, settings);
  const consumerGroups = createGrpcClient(ConsumerGroupsClient, settings);
  const audit = createGrpcClient(AuditLogClient, settings);
  const certificates = createGrpcClient(CertificatesClient, settings);
  const pages = createGrpcClient(IdentityPagesClient, settings);
  const recipients = createGrpcClient(RecipientsClient, settings);
  const uploadSettings = createGrpcClient(UploadSettingsClient, settings);
  return {
    pages: promised(pages, IdentityPagesService),
    recipients: promised(recipients, RecipientsService),
    uploadSettings: promised(uploadSettings, UploadSettingsService),
    identities: promised(registry, RegistryService),
    bulk: promised(bulk, BulkRegistryService),
    hubs: promised(hubs, HubAdministrationService),
    consumerGroups: promised(consumerGroups, ConsumerGroupsService),
    audit: promised(audit, AuditLogService),
    certificates: promised(certificates, CertificatesService),
    close: () => {
      registry.close();
      bulk.close();
      hubs.close();
      consumerGroups.close();
      audit.close();
      certificates.close();
      pages.close();
      recipients.close();
      uploadSettings.close();
    },
  };
}

/** Where a process of the test may listen. */
export async function freeAddress(): Promise<HostPort> {
  return { host: '127.0.0.1', port: await freePort() };
}

async function startTestRegistry(config: RegistryConfig): Promise<TestRegistry> {
  const log: string[] = [];
  const destination = { write: (line: string): unknown => log.push(line) };
  const logger = createLogger({ service: 'registry', level: config.logLevel, destination });
  const running = await startRegistry(config, logger);
  const client = connectTo(config.grpc.listen, config.grpc.tls);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    client.close();
    await running.stop();
  };
  return {
    ...client,
    probeUrl: `http://${config.probeListen.host}:${config.probeListen.port}`,
    log,
    stop: () => (stopping ??= stop()),
  };
}

/** As a service calls them. */
type RpcCalls<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition]: (
    request: Parameters<RpcHandlers<Definition>[Name]>[0],
  ) => ReturnType<RpcHandlers<Definition>[Name]>;
};

type Rpc = Parameters<typeof callUnary<unknown, unknown>>[0];

function promised<Definition extends ServiceDefinition>(
  client: Client,
  definition: Definition,
): RpcCalls<Definition> {
  const rpcs = client as unknown as Readonly<Record<string, Rpc>>;
  const calls = Object.keys(definition).map((name) => {
    const rpc = rpcs[name];
    assert(rpc !== undefined, name);
    const call = (request: unknown): Promise<unknown> =>
      callUnary<unknown, unknown>(rpc.bind(client), request, { name, deadlineMs: 30_000 });
    return [name, call];
  });
  return Object.fromEntries(calls) as RpcCalls<Definition>;
}
