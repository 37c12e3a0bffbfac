import { expect, test } from '@jest/globals';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { ensureTopics } from './topics.js';

const spec = { name: 'new', partitions: 1, config: {} };
const replication = { replicationFactor: 1, minInsyncReplicas: 1 };

/** What a broker answers that has yet to hear of a topic: on a busy machine, and so seldom that it must be made up. */
function unheardOf(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type }));
}

/** An admin client that is answered so when it creates topics, one answer after the other, and then with success. */
function kafkaThatAnswers(...answers: Error[]): {
  readonly kafka: Kafka;
  readonly calls: string[];
} {
  const calls: string[] = [];
  const tell = (call: string) => () => {
    calls.push(call);
    const answer = call === 'create' ? answers.shift() : undefined;
    return answer === undefined ? Promise.resolve(true) : Promise.reject(answer);
  };
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve([]),
    createTopics: tell('create'),
    fetchTopicMetadata: tell('look'),
  } as unknown as Admin;
  return { kafka: { admin: () => admin } as unknown as Kafka, calls };
}

test('a broker that has yet to hear of a new topic is asked again', async () => {
  const { kafka, calls } = kafkaThatAnswers(unheardOf('UNKNOWN_TOPIC_OR_PARTITION'));
  await ensureTopics(kafka, [spec], replication);

  expect(calls).toEqual(['create', 'create', 'look']);
});

test('another refusal is told at once', async () => {
  const { kafka, calls } = kafkaThatAnswers(unheardOf('INVALID_REPLICATION_FACTOR'));

  await expect(ensureTopics(kafka, [spec], replication)).rejects.toMatchObject({
    type: 'INVALID_REPLICATION_FACTOR',
  });
  expect(calls).toEqual(['create']);
});
