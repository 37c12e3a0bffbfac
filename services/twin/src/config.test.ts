import { expect, test } from '@jest/globals';
import { loadConfig, loadPrepareConfig } from './config.js';

const required = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:1',
  LINCHPIN_GRPC_LISTEN: '127.0.0.1:2',
  LINCHPIN_REGISTRY_ADDRESS: '127.0.0.1:3',
  LINCHPIN_POSTGRES_URL: 'postgresql://u:p@h/d',
  LINCHPIN_KAFKA_BROKERS: 'k:9092',
  LINCHPIN_REDIS_URL: 'redis://r:6379',
  LINCHPIN_MASTER_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
};

test('what is not said is safe', () => {
  expect(loadConfig(required)).toMatchObject({
    postgres: { schema: 'twin' },
    postgresConnectionsMax: 20,
    queryConnectionsMax: 8,
    registry: { address: '127.0.0.1:3', tls: undefined },
    topicPrefix: 'linchpin',
  });
});

test('all faults are told together', () => {
  expect(() => loadConfig({})).toThrow(
    /LINCHPIN_POSTGRES_URL(.|\n)*LINCHPIN_KAFKA_BROKERS(.|\n)*LINCHPIN_REGISTRY_ADDRESS(.|\n)*LINCHPIN_REDIS_URL/,
  );
});

test('making tables needs a database alone', () => {
  const { LINCHPIN_POSTGRES_URL } = required;

  expect(loadPrepareConfig({ LINCHPIN_POSTGRES_URL }).postgres.url).toBe(LINCHPIN_POSTGRES_URL);
});
