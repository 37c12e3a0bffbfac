import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';
import { RunnerError } from './runner-error.js';

test('a hub listens on both loopback addresses and is called localhost', () => {
  const config = readConfig({}, true);

  expect(config.listenAddresses).toEqual(['127.0.0.1', '::1']);
  expect(config.hubHostNames).toEqual(['localhost', '127.0.0.1']);
  expect(config.certificateNames).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
    '*.linchpin.localhost',
  ]);
  expect(config.stateDir).toBe(`${config.repositoryDir}.linchpin`);
  expect(config.enginesDir).toBe(`${config.repositoryDir}.linchpin/engines`);
});

test('a machine without IPv6 loses the default ::1 only', () => {
  expect(readConfig({}, false).listenAddresses).toEqual(['127.0.0.1']);
  expect(readConfig({ LINCHPIN_LISTEN_ADDRESSES: '::1' }, false).listenAddresses).toEqual(['::1']);
});

test('a hub on another loopback address is called by it', () => {
  const config = readConfig({ LINCHPIN_LISTEN_ADDRESSES: '127.0.0.2' }, true);

  expect(config.hubHostNames).toEqual(['127.0.0.2']);
  expect(config.certificateNames).toContain('127.0.0.2');
});

test('names given are added after localhost, and stand in the certificate', () => {
  const config = readConfig(
    {
      LINCHPIN_LISTEN_ADDRESSES: '0.0.0.0',
      LINCHPIN_HOST_NAMES: 'hub.example, 10.0.0.7,hub.example',
    },
    true,
  );

  expect(config.hubHostNames).toEqual(['localhost', '127.0.0.1', 'hub.example', '10.0.0.7']);
  expect(config.certificateNames).toEqual([
    'localhost',
    '127.0.0.1',
    '::1',
    'hub.example',
    '10.0.0.7',
    '*.linchpin.localhost',
  ]);
});

test('names of other hubs stand in the certificate alone', () => {
  const config = readConfig({
    LINCHPIN_CERTIFICATE_NAMES: 'plant-7.example, *.iot.example, 10.0.0.8',
    LINCHPIN_DEFAULT_DOMAIN: 'hubs.example',
  });

  expect(config.hubHostNames).toEqual(['localhost', '127.0.0.1']);
  expect(config.defaultDomain).toBe('hubs.example');
  expect(config.certificateNames.slice(-4)).toEqual([
    '*.hubs.example',
    'plant-7.example',
    '*.iot.example',
    '10.0.0.8',
  ]);
});

test('what the start decides for the services is refused, with what to do instead', () => {
  const read = (): unknown =>
    readConfig({
      LINCHPIN_ADMIN_TOKEN: 'mine',
      LINCHPIN_HTTPS_LISTEN: '0.0.0.0:443',
      LINCHPIN_POSTGRES_URL_FILE: '/run/secrets/postgres',
      LINCHPIN_PROFILE: '',
    });

  expect(read).toThrow(
    'LINCHPIN_ADMIN_TOKEN is decided by the start: secrets/admin-token in the state folder has it, or ' +
      'yours when you write it there. LINCHPIN_HTTPS_LISTEN is decided by the start: ' +
      'LINCHPIN_LISTEN_ADDRESSES, LINCHPIN_MQTT_PORT, LINCHPIN_AMQP_PORT and LINCHPIN_HTTPS_PORT say where. ' +
      'LINCHPIN_POSTGRES_URL_FILE is decided by the start: set LINCHPIN_POSTGRES_URL itself.',
  );
});

test('what is no name is refused, each by its variable', () => {
  const read = (): unknown =>
    readConfig({
      LINCHPIN_HOST_NAMES: 'hub.example:443, *.example.net',
      LINCHPIN_CERTIFICATE_NAMES: 'a b, *., *.localhost',
      LINCHPIN_DEFAULT_DOMAIN: 'localhost',
    });

  expect(read).toThrow(
    'LINCHPIN_HOST_NAMES holds "hub.example:443", which is neither a DNS name nor an IP address. ' +
      'LINCHPIN_HOST_NAMES holds "*.example.net", which is neither a DNS name nor an IP address. ' +
      'LINCHPIN_DEFAULT_DOMAIN is "localhost", not a domain of two labels or more such as ' +
      'iot.example.net. ' +
      'LINCHPIN_CERTIFICATE_NAMES holds "a b", which is neither a DNS name nor an IP address. ' +
      'LINCHPIN_CERTIFICATE_NAMES holds "*.", which is neither a DNS name nor an IP address. ' +
      'LINCHPIN_CERTIFICATE_NAMES holds "*.localhost", but Node and OpenSSL take no * directly below a ' +
      'top-level domain.',
  );
});

test('engines that are given are used, and an empty variable gives none', () => {
  const { given } = readConfig({ LINCHPIN_REDIS_URL: 'redis://r:6379', LINCHPIN_POSTGRES_URL: '' });

  expect(given).toEqual({ redisUrl: 'redis://r:6379' });
});

test.each(['kafka', 'k1:9092,k2'])(
  'Kafka at %j is refused before anything is started',
  (brokers) => {
    expect(() => readConfig({ LINCHPIN_KAFKA_BROKERS: brokers })).toThrow(
      `LINCHPIN_KAFKA_BROKERS is "${brokers}", not host:port, several by commas.`,
    );
  },
);

test('a relative state folder is one in the repository', () => {
  const config = readConfig({ LINCHPIN_STATE_DIR: '.linchpin/test' });

  expect(config.stateDir).toBe(`${config.repositoryDir}.linchpin/test`);
  expect(config.enginesDir).toBe(`${config.repositoryDir}.linchpin/engines`);
});

test('all faults are reported at once, each by its variable', () => {
  const read = (): unknown =>
    readConfig({
      LINCHPIN_LISTEN_ADDRESSES: 'localhost',
      LINCHPIN_MQTT_PORT: '70000',
      LINCHPIN_PORT_OFFSET: '-1',
      LINCHPIN_SHUTDOWN_TIMEOUT_MS: 'soon',
    });

  expect(read).toThrow(RunnerError);
  expect(read).toThrow(
    'LINCHPIN_LISTEN_ADDRESSES holds "localhost", which is no IP address. ' +
      'LINCHPIN_PORT_OFFSET is "-1", not a whole number from 0 to 40000. ' +
      'LINCHPIN_MQTT_PORT is "70000", not a whole number from 1 to 65535. ' +
      'LINCHPIN_SHUTDOWN_TIMEOUT_MS is "soon", not a whole number from 0 to 600000.',
  );
});

test('a variable that nothing reads is refused, one of a service is handed on', () => {
  expect(() => readConfig({ LINCHPIN_OIDC_CLIENT: 'console', LINCHPIN_LISTEN: '::1' })).toThrow(
    'LINCHPIN_OIDC_CLIENT is no variable of Linchpin: perhaps LINCHPIN_OIDC_CLIENTS is meant. ' +
      'LINCHPIN_LISTEN is no variable of Linchpin: perhaps LINCHPIN_LISTEN_ADDRESSES is meant.',
  );
  expect(readConfig({ LINCHPIN_OIDC_CLIENTS: 'console' }).environment).toEqual({
    LINCHPIN_OIDC_CLIENTS: 'console',
  });
});

test('a folder that cannot stand in a list of paths is refused', () => {
  expect(() => readConfig({ LINCHPIN_STATE_DIR: '/srv/one, two' }, true)).toThrow(
    '"/srv/one, two" holds a comma or a colon, where paths end: choose another folder.',
  );
  expect(() => readConfig({ LINCHPIN_ENGINES_DIR: '/srv/c:' }, true)).toThrow('"/srv/c:" holds');
});
