import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeMessage,
  int,
  long,
  ReceivedMessage,
  symbol,
  timestamp,
  uuid,
  type AmqpMap,
  type AmqpValue,
} from '@linchpin/amqp';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { FakeEventLog } from '../domain/event-log.fake.js';
import { answerManagement } from './event-hub-management.js';
import { EventHubs } from './event-hub.js';

const grant = {
  ...fakeGrant,
  ...{ policy: 'service', rights: 15, expiresAt: new Date(0), telemetryPartitions: 2 },
};
const messageId = uuid(Buffer.alloc(16, 7));
const read = { operation: 'READ', name: 'events.h' };
const readEventHub = { ...read, type: 'com.microsoft:eventhub' };
const readPartition = { ...read, type: 'com.microsoft:partition', partition: '1' };

let log: FakeEventLog;

beforeEach(() => {
  log = new FakeEventLog();
});

async function ask(properties: Readonly<Record<string, string>>): Promise<ReceivedMessage> {
  const payload = encodeMessage({
    properties: { messageId, replyTo: 'there' },
    applicationProperties: new Map(Object.entries(properties)),
    body: { type: 'data', sections: [Buffer.from('[]')] },
  });
  const consumerGroups = { list: () => Promise.resolve([]) };
  const answer = await answerManagement(payload, new EventHubs({ log, consumerGroups }), grant);
  expect(answer.replyTo).toBe('there');
  return new ReceivedMessage(answer.payload);
}

function valueOf({ body }: ReceivedMessage): Map<AmqpValue, unknown> {
  const value = body.type === 'value' ? (body.value as AmqpMap) : undefined;
  return new Map(value?.value);
}

test('amqp 51: an event hub with its array of partition ids, in the types that clients expect', async () => {
  const answer = await ask(readEventHub);
  const value = valueOf(answer);

  expect(answer.properties?.correlationId).toEqual(messageId);
  expect(answer.applicationProperties).toEqual(
    new Map<string, unknown>([
      ['status-code', int(200)],
      ['status-description', 'OK'],
    ]),
  );
  expect(value.get('partition_ids')).toMatchObject({ type: 'array', value: ['0', '1'] });
  value.delete('partition_ids');
  expect(value).toEqual(
    new Map<string, unknown>([
      ['name', 'events.h'],
      ['type', 'com.microsoft:eventhub'],
      ['created_at', timestamp(0)],
      ['partition_count', int(2)],
      ['georeplication_factor', int(1)],
    ]),
  );
});

describe('amqp 52: a partition', () => {
  test('has sequence numbers that are long', async () => {
    for (const text of ['a', 'b', 'c']) {
      log.append({ topic: 'events.h', partition: 1 }, text, 9_000);
    }
    const value = valueOf(await ask(readPartition));

    expect(value.get('runtime_info_retrieval_time_utc')).toMatchObject({ type: 'timestamp' });
    value.delete('runtime_info_retrieval_time_utc');
    expect(value).toEqual(
      new Map<string, unknown>([
        ['name', 'events.h'],
        ['type', 'com.microsoft:partition'],
        ['partition', '1'],
        ['begin_sequence_number', long(0)],
        ['last_enqueued_sequence_number', long(2)],
        ['last_enqueued_offset', '2'],
        ['last_enqueued_time_utc', timestamp(9_000)],
        ['is_partition_empty', false],
      ]),
    );
  });

  test('that is empty says so', async () => {
    const value = valueOf(await ask(readPartition));

    expect(value.get('begin_sequence_number')).toEqual(long(0));
    expect(value.get('last_enqueued_sequence_number')).toEqual(long(-1));
    expect(value.get('last_enqueued_offset')).toBe('-1');
    expect(value.get('last_enqueued_time_utc')).toEqual(timestamp(-62_135_596_800_000));
    expect(value.get('is_partition_empty')).toBe(true);
  });
});

test.each([
  ['another entity', { ...readEventHub, name: 'events.g' }, 404, 'amqp:not-found'],
  ['no entity', { operation: 'READ' }, 404, 'amqp:not-found'],
  [
    'a partition that is not there',
    { ...readPartition, partition: '2' },
    ...([400, 'com.microsoft:argument-out-of-range'] as const),
  ],
  ['another type', { ...read, type: 'x' }, 400, 'com.microsoft:argument-error'],
  ['another operation', { ...readEventHub, operation: 'DELETE' }, 501, 'amqp:not-implemented'],
])('%s is answered with why', async (_, properties, status, condition) => {
  const { applicationProperties, properties: system } = await ask(properties);

  expect(system?.correlationId).toEqual(messageId);
  expect(applicationProperties?.get('status-code')).toEqual(int(status));
  expect(applicationProperties?.get('error-condition')).toEqual(symbol(condition));
});

test('while the log does not answer clients are told to try again', async () => {
  log.failure = new Error('a secret of ours');
  const { applicationProperties } = await ask(readPartition);

  expect(applicationProperties?.get('status-code')).toEqual(int(503));
  expect(applicationProperties?.get('status-description')).not.toContain('secret');
});

test('what is no message is answered, too', async () => {
  const consumerGroups = { list: () => Promise.resolve([]) };
  const eventHubs = new EventHubs({ log, consumerGroups });
  const { payload } = await answerManagement(Buffer.from('hello'), eventHubs, grant);

  expect(new ReceivedMessage(payload).applicationProperties?.get('status-code')).toEqual(int(400));
});
