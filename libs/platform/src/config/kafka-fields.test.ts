import { expect, test } from '@jest/globals';
import { z } from 'zod';
import type { KafkaConnection } from '../kafka/kafka-connection.js';
import { readEnvironment } from './environment.js';
import { kafkaFields, toKafkaConnection } from './kafka-fields.js';

const brokers = { LINCHPIN_KAFKA_BROKERS: 'k1:9092, k2:9092' };
const account = {
  LINCHPIN_KAFKA_SASL_USERNAME: 'hub',
  LINCHPIN_KAFKA_SASL_PASSWORD: 'secret',
};

function connect(environment: Readonly<Record<string, string>>): KafkaConnection {
  const variables = readEnvironment(z.object(kafkaFields), { ...brokers, ...environment });
  return toKafkaConnection(variables, 'gateway');
}

test('brokers alone are reached without TLS and without an account', () => {
  expect(connect({})).toEqual({ brokers: ['k1:9092', 'k2:9092'], clientId: 'gateway' });
});

test('TLS trusts whom Node trusts when no authority is named', () => {
  expect(connect({ LINCHPIN_KAFKA_TLS: 'true' }).tls).toEqual({ authority: undefined });
});

test('a mechanism comes with a name and a password', () => {
  const sasl = connect({ LINCHPIN_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', ...account }).sasl;

  expect(sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'hub', password: 'secret' });
});

test.each(Object.keys(account))('a mechanism without %s is refused', (missing) => {
  const environment = { LINCHPIN_KAFKA_SASL_MECHANISM: 'PLAIN', ...account, [missing]: '' };

  expect(() => connect(environment)).toThrow(
    'LINCHPIN_KAFKA_SASL_MECHANISM needs LINCHPIN_KAFKA_SASL_USERNAME and LINCHPIN_KAFKA_SASL_PASSWORD',
  );
});

test.each(['linchpin.events', 'linchpin.events.hub'])('a topic prefix %s is refused', (prefix) => {
  expect(() => connect({ LINCHPIN_TOPIC_PREFIX: prefix })).toThrow(
    'LINCHPIN_TOPIC_PREFIX: must not have ".events" as a part',
  );
});

test.each(['events', 'linchpin.eventsof', 'plant-1.hubs'])(
  'a topic prefix %s is taken',
  (prefix) => {
    expect(() => connect({ LINCHPIN_TOPIC_PREFIX: prefix })).not.toThrow();
  },
);
