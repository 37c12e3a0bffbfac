import { expect, test } from '@jest/globals';
import kafkajs, { type Kafka } from 'kafkajs';
import { ensureTopics } from './topics.js';

const topic = { name: 'a', partitions: 1, config: {} };
const replication = { replicationFactor: 1, minInsyncReplicas: 1 };

function protocolError(type: string): Error {
  const name: Partial<{ type: string; message: string }> = { type, message: type };
  return new kafkajs.KafkaJSProtocolError(name as Error);
}

/** Brokers that give one answer after the other about a new topic: its leader, or why there is none. */
function brokersThatSay(...answers: readonly (number | Error)[]) {
  const left = [...answers];
  const look = (): number => {
    const answer = left.shift();
    if (typeof answer !== 'number') {
      throw answer ?? new Error('asked once too often');
    }
    return answer;
  };
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve([]),
    createTopics: async ({ waitForLeaders = true }) => {
      await Promise.resolve();
      if (waitForLeaders) {
        look();
      }
      return true;
    },
    fetchTopicMetadata: async () => {
      await Promise.resolve();
      return { topics: [{ name: 'a', partitions: [{ leader: look() }] }] };
    },
  };
  return { kafka: { admin: () => admin } as unknown as Kafka, left };
}

test('a topic that brokers have not heard of yet is waited for', async () => {
  const unknown = protocolError('UNKNOWN_TOPIC_OR_PARTITION');
  const { kafka, left } = brokersThatSay(unknown, protocolError('LEADER_NOT_AVAILABLE'), -1, 1);

  await ensureTopics(kafka, [topic], replication);

  expect(left).toEqual([]);
});

test('another fault is told at once', async () => {
  const { kafka } = brokersThatSay(protocolError('TOPIC_AUTHORIZATION_FAILED'));

  await expect(ensureTopics(kafka, [topic], replication)).rejects.toMatchObject({
    type: 'TOPIC_AUTHORIZATION_FAILED',
  });
});
