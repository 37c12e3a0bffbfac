import { expect, test } from '@jest/globals';
import { loadConfig, loadPrepareConfig } from './config.js';

const required = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:7402',
  LINCHPIN_MQTT_LISTEN: '127.0.0.1:8883,[::1]:8883',
  LINCHPIN_TLS_CERT_FILE: '/tls/rsa.crt,/tls/ec.crt',
  LINCHPIN_TLS_KEY_FILE: '/tls/rsa.key,/tls/ec.key',
  LINCHPIN_GRPC_LISTEN: '0.0.0.0:7400',
  LINCHPIN_REGISTRY_ADDRESS: 'registry:7300',
  LINCHPIN_TWIN_ADDRESS: 'twin:7500',
  LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: 'cloud-to-device:7600',
  LINCHPIN_FILE_UPLOAD_ADDRESS: 'file-upload:7700',
  LINCHPIN_REDIS_URL: 'redis://127.0.0.1:6379',
  LINCHPIN_KAFKA_BROKERS: 'kafka:9092',
};

test('what must be given is enough', () => {
  const config = loadConfig(required);
  expect(config.mqtt.listen).toEqual([
    { host: '127.0.0.1', port: 8883 },
    { host: '::1', port: 8883 },
  ]);
  expect(config.mqtt.tls.files).toEqual({
    certificates: ['/tls/rsa.crt', '/tls/ec.crt'],
    keys: ['/tls/rsa.key', '/tls/ec.key'],
  });
  expect(config.mqtt.limits).toEqual({ connectArrivalMs: 60_000, pendingPublishesMax: 1_000 });
  expect(config.mqtt.drainMs).toBe(10_000);
  expect(config.mqtt.proxies.check('127.0.0.1')).toBe(false);
  expect(config.replication).toEqual({ replicationFactor: 3, minInsyncReplicas: 2 });
  expect([config.faultInjection, config.topicPrefix]).toEqual([false, 'linchpin']);
});

test('HTTPS is served where it is said, with the api behind it', () => {
  expect(loadConfig(required).https).toBeUndefined();
  const https = { ...required, LINCHPIN_HTTPS_LISTEN: '127.0.0.1:443' };
  expect(() => loadConfig(https)).toThrow('LINCHPIN_HTTPS_LISTEN needs LINCHPIN_API_ADDRESS');
  const given = { ...https, LINCHPIN_API_ADDRESS: 'api:8443' };
  expect(loadConfig(given).https).toEqual({
    listen: [{ host: '127.0.0.1', port: 443 }],
    limits: {
      connectionsMax: 10_000,
      connectionsPerAddressMax: 1_000,
      headersTimeoutMs: 15_000,
      requestTimeoutMs: 60_000,
      keepAliveTimeoutMs: 120_000,
    },
    api: { address: { host: 'api', port: 8443 }, serverName: 'api', authorities: [] },
  });
  expect(
    loadConfig({ ...given, LINCHPIN_API_SERVER_NAME: 'hub.example' }).https?.api.serverName,
  ).toBe('hub.example');
});

test('each process has an id of its own, unless it is given', () => {
  expect(loadConfig(required).gatewayId).not.toBe(loadConfig(required).gatewayId);
  expect(loadConfig({ ...required, LINCHPIN_GATEWAY_ID: 'g-1' }).gatewayId).toBe('g-1');
  expect(() => loadConfig({ ...required, LINCHPIN_GATEWAY_ID: 'a/b' })).toThrow(
    'GATEWAY_ID: must be 1 to 100 letters, digits and - . _',
  );
});

test('others reach it where it listens, unless told otherwise', () => {
  expect(loadConfig(required).grpc.advertise).toBe('0.0.0.0:7400');
  const told = loadConfig({ ...required, LINCHPIN_GRPC_ADVERTISE: '[2001:db8::1]:7400' });
  expect(told.grpc.advertise).toBe('[2001:db8::1]:7400');
});

test('load balancers are believed where it is said', () => {
  const told = loadConfig({ ...required, LINCHPIN_PROXY_PROTOCOL_FROM: '10.0.0.0/8' });
  expect(told.mqtt.proxies.check('10.1.2.3')).toBe(true);
});

test('all faults are told at once', () => {
  const faulty = { ...required, LINCHPIN_MQTT_LISTEN: 'x', LINCHPIN_CONNECTIONS_MAX: '0' };
  expect(() => loadConfig(faulty)).toThrow(/MQTT_LISTEN[^]*CONNECTIONS_MAX/);
});

test.each([
  ['LINCHPIN_KAFKA_BROKERS', 'kafka', '"kafka" is not host:port'],
  ['LINCHPIN_KAFKA_BROKERS', 'k1:9092,k2', '"k2" is not host:port'],
  ['LINCHPIN_KAFKA_BROKERS', ',', 'names no host:port'],
  ['LINCHPIN_REDIS_URL', 'cache:6379', 'must be a URL such as redis://user:password@host:6379'],
])('%s is not %j', (variable, value, text) => {
  expect(() => loadConfig({ ...required, [variable]: value })).toThrow(`${variable}: ${text}`);
});

test('preparing needs Kafka alone', () => {
  expect(loadPrepareConfig({ LINCHPIN_KAFKA_BROKERS: 'kafka:9092' })).toMatchObject({
    topicPrefix: 'linchpin',
    replication: { replicationFactor: 3, minInsyncReplicas: 2 },
  });
});
