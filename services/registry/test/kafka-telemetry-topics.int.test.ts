import { randomUUID } from 'node:crypto';
import { afterAll, jest } from '@jest/globals';
import { createKafkaJs } from '@linchpin/platform/kafka';
import { testEngines } from '@linchpin/testing';
import { telemetryTopicsContract } from '../src/domain/telemetry-topics.contract.js';
import { KafkaTelemetryTopics } from '../src/kafka/kafka-telemetry-topics.js';
import { deleteTopicsOf, silentLogger, testReplication } from './support/start-test-registry.js';

jest.setTimeout(30_000);

const connection = { brokers: testEngines().kafkaBrokers, clientId: 'contract' };
const kafka = createKafkaJs(connection, silentLogger);
const prefix = `test-${randomUUID()}`;
const topics = new KafkaTelemetryTopics({ kafka, prefix, replication: testReplication });

afterAll(() => deleteTopicsOf(kafka, prefix));

telemetryTopicsContract('Kafka', () => ({ topics, countPartitions }));

async function countPartitions(topic: string): Promise<number | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = await admin.listTopics();
    const metadata = await admin.fetchTopicMetadata({
      topics: existing.filter((name) => name === topic),
    });
    return metadata.topics.find(({ name }) => name === topic)?.partitions.length;
  } finally {
    await admin.disconnect();
  }
}
