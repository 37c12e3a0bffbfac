import { describe, expect, test } from '@jest/globals';
import { loadConfig, loadPrepareConfig, loadRotateKeysConfig } from './config.js';

const key = Buffer.alloc(32, 7).toString('base64');
const required = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:9000',
  LINCHPIN_POSTGRES_URL: 'postgresql://user:secret@db/linchpin',
  LINCHPIN_KAFKA_BROKERS: 'k1:9092,k2:9092',
  LINCHPIN_GRPC_LISTEN: '0.0.0.0:9001',
  LINCHPIN_MASTER_KEYS: `k2:${key}, k1:${key}`,
};

test('reads what is required, with safe defaults for the rest', () => {
  expect(loadConfig(required)).toEqual({
    logLevel: 'info',
    probeListen: { host: '127.0.0.1', port: 9000 },
    shutdownTimeoutMs: 30_000,
    tracingEndpoint: undefined,
    postgres: { url: 'postgresql://user:secret@db/linchpin', schema: 'registry' },
    postgresConnectionsMax: 20,
    kafka: { brokers: ['k1:9092', 'k2:9092'], clientId: 'registry' },
    topicPrefix: 'linchpin',
    replication: { replicationFactor: 3, minInsyncReplicas: 2 },
    grpc: { listen: { host: '0.0.0.0', port: 9001 }, tls: undefined },
    masterKeys: [
      { id: 'k2', key: Buffer.alloc(32, 7) },
      { id: 'k1', key: Buffer.alloc(32, 7) },
    ],
    defaultDomain: undefined,
    identitiesPerHubMax: 1_000_000,
    auditRetentionDays: 365,
  });
});

test('names every fault at once, and no secret', () => {
  const faulty = {
    LINCHPIN_MASTER_KEYS: 'k1:c2hvcnQ=',
    LINCHPIN_POSTGRES_URL: 'mysql://u:secret@db',
  };
  const load = () => loadConfig(faulty);
  expect(load).toThrow(/MASTER_KEYS: must be id:base64/);
  expect(load).toThrow(/POSTGRES_URL: must be a URL such as postgresql/);
  expect(load).toThrow(/KAFKA_BROKERS: is required/);
  expect(load).toThrow(/GRPC_LISTEN: is required/);
  expect(load).not.toThrow(/secret|c2hvcnQ/);
});

describe('master keys', () => {
  test.each(['', key, `:${key}`, `k1:${key},`, `k 1:${key}`, `k1:${key},k2`, `k1:${key.slice(4)}`])(
    'refuses %j',
    (LINCHPIN_MASTER_KEYS) => {
      expect(() => loadConfig({ ...required, LINCHPIN_MASTER_KEYS })).toThrow('MASTER_KEYS');
    },
  );

  test('refuses two of one name', () => {
    const LINCHPIN_MASTER_KEYS = `k1:${key},k1:${key}`;
    expect(() => loadConfig({ ...required, LINCHPIN_MASTER_KEYS })).toThrow('two keys alike');
  });
});

test('a task needs only what it uses', () => {
  const { LINCHPIN_POSTGRES_URL, LINCHPIN_KAFKA_BROKERS, LINCHPIN_MASTER_KEYS } = required;
  expect(loadPrepareConfig({ LINCHPIN_POSTGRES_URL, LINCHPIN_KAFKA_BROKERS })).toMatchObject({
    topicPrefix: 'linchpin',
    kafka: { clientId: 'registry-prepare' },
  });
  const rotation = loadRotateKeysConfig({ LINCHPIN_POSTGRES_URL, LINCHPIN_MASTER_KEYS });
  expect(rotation.masterKeys.map(({ id }) => id)).toEqual(['k2', 'k1']);
});
