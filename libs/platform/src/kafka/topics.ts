import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type ConfigEntries, type ITopicConfig, type Kafka } from 'kafkajs';

/** What a topic must be for the promises that rest on it. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Kafka's own topic settings: `cleanup.policy`, `retention.ms`, ... */
  readonly config: Readonly<Record<string, string>>;
}

export interface ReplicationSpec {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** A topic is not what the hub's promises need, and how. */
export class TopicFaultError extends Error {
  override readonly name = 'TopicFaultError';
}

const creationMs = 30_000;
const lookMs = 100;

/** Creates the topics that are missing, and waits until they can be used; those that exist stay as they are. */
export async function ensureTopics(
  kafka: Kafka,
  specs: readonly TopicSpec[],
  replication: ReplicationSpec,
): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      await admin.createTopics({
        topics: missing.map((spec) => toTopicConfig(spec, replication)),
        // kafkajs gives up where the broker that it asks has not heard of a new topic yet.
        waitForLeaders: false,
        timeout: creationMs,
      });
      await awaitLeaders(
        admin,
        missing.map(({ name }) => name),
      );
    }
  });
}

/** Gives a topic these settings; its other ones, such as an operator's own, stay. */
export async function setTopicConfig(
  kafka: Kafka,
  name: string,
  config: TopicSpec['config'],
): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const own = await ownConfig(admin, name);
    // What this request does not name goes back to the broker's default.
    const entries = Object.entries({ ...Object.fromEntries(own), ...config });
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configEntries: entries.map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
  });
}

/** Deletes a topic and what it holds; one that does not exist is no error. */
export async function deleteTopic(kafka: Kafka, name: string): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    if ((await admin.listTopics()).includes(name)) {
      await admin.deleteTopics({ topics: [name], timeout: 30_000 }).catch(unlessUnknown);
    }
  });
}

/** A broker may list a topic for a moment that the controller has deleted. @throws every other error */
function unlessUnknown(error: unknown): void {
  const { cause } = error as Error;
  if (!(
    cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'UNKNOWN_TOPIC_OR_PARTITION'
  )) {
    throw error;
  }
}

/**
 * Compares the topics with what was promised.
 *
 * @throws TopicFaultError naming every topic, what it is and what it must be
 */
export async function checkTopics(
  kafka: Kafka,
  specs: readonly TopicSpec[],
  replication: ReplicationSpec,
): Promise<void> {
  const faults = await withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      return missing.map(({ name }) => `${name} does not exist: run the service's prepare step`);
    }
    const perTopic = await Promise.all(specs.map((spec) => faultsOf(admin, spec, replication)));
    return perTopic.flat();
  });
  if (faults.length > 0) {
    throw new TopicFaultError(`Kafka topics are not as promised:\n  ${faults.join('\n  ')}`);
  }
}

/** Whether a broker answers. */
export async function pingKafka(kafka: Kafka): Promise<void> {
  await withAdmin(kafka, (admin) => admin.describeCluster());
}

async function awaitLeaders(admin: Admin, topics: string[]): Promise<void> {
  const deadline = performance.now() + creationMs;
  while (!(await haveLeaders(admin, topics))) {
    if (performance.now() > deadline) {
      throw new Error(`${topics.join(', ')}: no broker leads all partitions yet; run it again`);
    }
    await delay(lookMs);
  }
}

async function haveLeaders(admin: Admin, topics: string[]): Promise<boolean> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics });
    return metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSProtocolError && notYet.has(error.type)) {
      return false;
    }
    throw error;
  }
}

const notYet: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

async function faultsOf(
  admin: Admin,
  spec: TopicSpec,
  { replicationFactor, minInsyncReplicas }: ReplicationSpec,
): Promise<string[]> {
  const metadata = await admin.fetchTopicMetadata({ topics: [spec.name] });
  const partitions = metadata.topics[0]?.partitions ?? [];
  const replicas = Math.min(...partitions.map((partition) => partition.replicas.length));
  const entries = await describeConfig(admin, spec.name);
  const actual = new Map(entries.map((entry) => [entry.configName, entry.configValue]));
  const expected = { ...spec.config, 'min.insync.replicas': String(minInsyncReplicas) };
  const faults: string[] = [];
  if (partitions.length !== spec.partitions) {
    faults.push(`${spec.name} has ${partitions.length} partitions, not ${spec.partitions}`);
  }
  if (replicas < replicationFactor) {
    faults.push(`${spec.name} has ${replicas} replicas, fewer than ${replicationFactor}`);
  }
  for (const [key, value] of Object.entries(expected)) {
    if (actual.get(key) !== value) {
      faults.push(`${spec.name} has ${key}=${actual.get(key) ?? 'unset'}, not ${value}`);
    }
  }
  return faults;
}

/** What was set for the topic itself, and not for all of the broker's. */
async function ownConfig(admin: Admin, name: string): Promise<[string, string][]> {
  const entries = await describeConfig(admin, name);
  return entries
    .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
    .map(({ configName, configValue }) => [configName, configValue]);
}

async function describeConfig(admin: Admin, name: string): Promise<ConfigEntries[]> {
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
  });
  return described.resources[0]?.configEntries ?? [];
}

function toTopicConfig(spec: TopicSpec, replication: ReplicationSpec): ITopicConfig {
  return {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor: replication.replicationFactor,
    configEntries: Object.entries({
      ...spec.config,
      'min.insync.replicas': String(replication.minInsyncReplicas),
    }).map(([name, value]) => ({ name, value })),
  };
}

async function withAdmin<Result>(
  kafka: Kafka,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = kafka.admin({ retry: { retries: 5 } });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
