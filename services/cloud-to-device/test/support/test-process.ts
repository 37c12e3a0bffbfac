/** A whole process of this service over real engines, with a registry that a test answers for. */
import { randomUUID } from 'node:crypto';
import { RegistryChange, registryChangesTopic } from '@linchpin/contracts';
import { createKafkaJs, ensureTopics, KafkaJsProducer, noHeaders } from '@linchpin/platform/kafka';
import type { RunningService } from '@linchpin/platform/lifecycle';
import { createLogger } from '@linchpin/platform/logging';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { PresenceKeys } from '@linchpin/presence';
import { freePort, testEngines } from '@linchpin/testing';
import { openTestDatabase, type TestDatabase } from '@linchpin/testing/postgres';
import { RpcServer } from '@linchpin/testing/grpc';
import { loadConfig } from '../../src/config.js';
import { migrationsFolder } from '../../src/migrations-folder.js';
import type { CloudToDeviceTables } from '../../src/postgres/schema.js';
import { startCloudToDevice } from '../../src/start-cloud-to-device.js';

type RpcServices = Parameters<typeof RpcServer.start>[0];

interface TestProcessOptions {
  /** Of the registry. */
  readonly registry: RpcServices;
  readonly variables?: Readonly<Record<string, string>>;
}

interface TestParts {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly database: TestDatabase<CloudToDeviceTables>;
  /** `host:port` each. */
  readonly grpc: string;
  readonly probe: string;
  readonly registry: string;
  /** Of topics and keys. */
  readonly prefix: string;
}

export class TestProcess {
  #running: RunningService | undefined;

  private constructor(
    private readonly parts: TestParts,
    private readonly stops: (() => unknown)[],
  ) {}

  static async start({ registry, variables = {} }: TestProcessOptions): Promise<TestProcess> {
    const prefix = `test-${randomUUID()}`;
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = openRedis(testEngines().redisUrl, logger);
    await redis.connect();
    const database = await openCloudToDeviceDatabase();
    const server = await RpcServer.start(registry);
    const stops: (() => unknown)[] = [
      () => {
        server.stop();
      },
      () => closeRedis(redis),
      () => database.close(),
    ];
    const parts = {
      redis,
      keys: new PresenceKeys(`${prefix}:`),
      database,
      grpc: `127.0.0.1:${await freePort()}`,
      probe: `127.0.0.1:${await freePort()}`,
      registry: server.address,
      prefix,
    };
    const process = new TestProcess(parts, stops);
    await process.restart(variables);
    return process;
  }

  get redis(): Redis {
    return this.parts.redis;
  }

  get keys(): PresenceKeys {
    return this.parts.keys;
  }

  get database(): TestDatabase<CloudToDeviceTables> {
    return this.parts.database;
  }

  get address(): string {
    return this.parts.grpc;
  }

  get probeUrl(): string {
    return `http://${this.parts.probe}`;
  }

  /** As SIGTERM does; all around it stays. */
  async stopProcess(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** Starts it anew where it was. */
  async restart(variables: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#running = await this.#run(this.parts, variables);
  }

  /** A second process over the same engines; it is stopped with all else. @returns its `host:port` */
  async startBeside(): Promise<string> {
    const grpc = `127.0.0.1:${await freePort()}`;
    const running = await this.#run({ grpc, probe: `127.0.0.1:${await freePort()}` });
    this.stops.unshift(() => running.stop());
    return grpc;
  }

  #run(
    { grpc, probe }: Pick<TestParts, 'grpc' | 'probe'>,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<RunningService> {
    const { postgresUrl, kafkaBrokers, redisUrl } = testEngines();
    const { registry, prefix } = this.parts;
    const config = loadConfig({
      LINCHPIN_PROBE_LISTEN: probe,
      LINCHPIN_GRPC_LISTEN: grpc,
      LINCHPIN_REGISTRY_ADDRESS: registry,
      LINCHPIN_REDIS_URL: redisUrl,
      LINCHPIN_POSTGRES_URL: postgresUrl,
      LINCHPIN_KAFKA_BROKERS: kafkaBrokers.join(','),
      LINCHPIN_TOPIC_PREFIX: prefix,
      ...variables,
    });
    const logger = createLogger({ service: 'test', level: 'silent' });
    const postgres = { url: postgresUrl, schema: this.database.schema };
    return startCloudToDevice({ ...config, postgres }, logger);
  }

  /** The registry tells of a change. */
  async tell(change: RegistryChange): Promise<void> {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const { kafkaBrokers: brokers } = testEngines();
    const kafka = createKafkaJs({ brokers, clientId: 'cloud-to-device-test' }, logger);
    const topic = registryChangesTopic(this.parts.prefix);
    await ensureTopics(kafka, [topic], { replicationFactor: 1, minInsyncReplicas: 1 });
    const producer = await KafkaJsProducer.start(kafka);
    const value = Buffer.from(RegistryChange.encode(change).finish());
    const key = Buffer.from(change.hub);
    await producer.send([{ topic: topic.name, key, value, headers: noHeaders }]);
    await producer.close();
  }

  /** As `stopProcess`, and closes all that the test has opened; a second time is no error. */
  async stop(): Promise<void> {
    await this.stopProcess();
    for (const stop of this.stops.splice(0)) {
      await stop();
    }
  }

  /** What the test started besides. */
  stopLater(stop: () => unknown): void {
    this.stops.push(stop);
  }
}

export function openCloudToDeviceDatabase(): Promise<TestDatabase<CloudToDeviceTables>> {
  const migrations = migrationsFolder;
  return openTestDatabase<CloudToDeviceTables>({ service: 'cloud_to_device', migrations });
}
