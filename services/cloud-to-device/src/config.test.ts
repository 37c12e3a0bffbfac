import { expect, test } from '@jest/globals';
import { loadConfig, loadPrepareConfig } from './config.js';

const environment = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:1',
  LINCHPIN_GRPC_LISTEN: '127.0.0.1:2',
  LINCHPIN_REGISTRY_ADDRESS: 'registry:3',
  LINCHPIN_REDIS_URL: 'redis://cache:4',
  LINCHPIN_POSTGRES_URL: 'postgres://store:5/linchpin',
  LINCHPIN_KAFKA_BROKERS: 'kafka:6',
};

test('what is not set has its standard', () => {
  expect(loadConfig(environment)).toMatchObject({
    grpc: { listen: { host: '127.0.0.1', port: 2 }, tls: undefined },
    registry: { address: 'registry:3', tls: undefined },
    topicPrefix: 'linchpin',
    postgres: { url: 'postgres://store:5/linchpin', schema: 'cloud_to_device' },
    postgresConnectionsMax: 20,
    methodCallsBytesMax: 256 * 1024 * 1024,
  });
});

test('all that is missing is named at once', () => {
  expect(() => loadConfig({ LINCHPIN_METHOD_CALLS_MIB_MAX: '0' })).toThrow(
    /LINCHPIN_GRPC_LISTEN[^]*LINCHPIN_REGISTRY_ADDRESS[^]*LINCHPIN_REDIS_URL[^]*LINCHPIN_METHOD_CALLS_MIB_MAX/,
  );
});

test('making tables takes PostgreSQL alone', () => {
  const { LINCHPIN_POSTGRES_URL } = environment;

  expect(loadPrepareConfig({ LINCHPIN_POSTGRES_URL })).toEqual({
    logLevel: 'info',
    postgres: { url: LINCHPIN_POSTGRES_URL, schema: 'cloud_to_device' },
  });
});
