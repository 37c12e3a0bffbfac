import { expect, test } from '@jest/globals';
import { unknownVariables } from '@linchpin/platform/variables';
import { readConfig } from '../config.js';
import type { ProcessStep, Step, TaskStep } from '../supervisor/plan.js';
import { refusedVariables } from './decided-variables.js';
import { serviceEnvironment } from './service-environment.js';
import { servicesPlan, type ServicesSetup } from './services.js';

function setup(gateways: number, env = {}): ServicesSetup {
  const pair = (name: string) => ({ certificateFile: `/t/${name}.crt`, keyFile: `/t/${name}.key` });
  return {
    config: readConfig({ LINCHPIN_LOG_LEVEL: 'debug', ...env }, true),
    gateways,
    certificates: {
      authorityFile: '/t/ca.crt',
      server: [pair('ec'), pair('rsa')],
      internal: { ...pair('service'), authorityFile: '/t/internal-ca.crt' },
    },
    postgresUrlFile: '/s/postgres-url',
    redisUrlFile: '/s/redis-url',
    masterKeysFile: '/s/master-keys',
    adminTokenFile: '/s/admin-token',
    kafkaBrokers: '127.0.0.1:19092',
  };
}

function find(plan: readonly Step[], name: string): ProcessStep | TaskStep {
  return plan.find((step) => step.name === name) as ProcessStep | TaskStep;
}

test('tables and topics come before the process that needs them', () => {
  const plan = servicesPlan(setup(1));

  expect(plan.map(({ name, kind, needs }) => ({ name, kind, needs }))).toEqual([
    { name: 'registry-prepare', kind: 'task', needs: ['postgres', 'kafka'] },
    { name: 'registry', kind: 'service', needs: ['registry-prepare'] },
    { name: 'file-upload-prepare', kind: 'task', needs: ['postgres'] },
    { name: 'file-upload', kind: 'service', needs: ['file-upload-prepare', 'registry'] },
    { name: 'cloud-to-device-prepare', kind: 'task', needs: ['postgres'] },
    {
      name: 'cloud-to-device',
      kind: 'service',
      needs: ['cloud-to-device-prepare', 'registry', 'redis', 'kafka'],
    },
    { name: 'twin-prepare', kind: 'task', needs: ['postgres'] },
    { name: 'twin', kind: 'service', needs: ['twin-prepare', 'registry', 'redis', 'kafka'] },
    {
      name: 'api',
      kind: 'service',
      needs: ['registry', 'redis', 'file-upload', 'twin', 'cloud-to-device'],
    },
    { name: 'gateway-prepare', kind: 'task', needs: ['kafka'] },
    { name: 'gateway-1', kind: 'service', needs: ['registry', 'redis', 'gateway-prepare'] },
  ]);
});

test('one gateway listens where the devices connect and trusts no proxy', () => {
  const gateway = find(servicesPlan(setup(1)), 'gateway-1');

  expect(gateway).toMatchObject({ port: 8883, probePort: 17422 });
  expect(gateway.launch.env).toMatchObject({
    LINCHPIN_MQTT_LISTEN: '127.0.0.1:8883,[::1]:8883',
    LINCHPIN_PROXY_PROTOCOL_FROM: '',
    LINCHPIN_TLS_CERT_FILE: '/t/ec.crt,/t/rsa.crt',
    LINCHPIN_TLS_KEY_FILE: '/t/ec.key,/t/rsa.key',
    LINCHPIN_GRPC_TLS_CA_FILE: '/t/internal-ca.crt',
    LINCHPIN_LOG_LEVEL: 'debug',
  });
});

test('several gateways stand behind the load balancer, which outlives their drain', () => {
  const gateway = find(servicesPlan(setup(3)), 'gateway-3');

  expect(gateway).toMatchObject({ port: 17443, probePort: 17442 });
  expect(gateway).toMatchObject({ uses: ['api', 'load-balancer'] });
  expect(gateway.launch.env).toMatchObject({
    LINCHPIN_MQTT_LISTEN: '127.0.0.1:17443',
    LINCHPIN_PROXY_PROTOCOL_FROM: '127.0.0.0/8,::1/128',
    LINCHPIN_HTTPS_LISTEN: '127.0.0.1:17445',
    LINCHPIN_GRPC_ADVERTISE: '127.0.0.1:17441',
  });
});

test('the api is behind the gateways, and hears from them who asks', () => {
  const plan = servicesPlan(setup(1));

  expect(find(plan, 'api').launch.env).toMatchObject({
    LINCHPIN_HTTPS_LISTEN: '127.0.0.1:17411',
    LINCHPIN_PROXY_PROTOCOL_FROM: '127.0.0.0/8,::1/128',
  });
  expect(find(plan, 'gateway-1')).toMatchObject({ uses: ['api'] });
  expect(find(plan, 'gateway-1').launch.env).toMatchObject({
    LINCHPIN_HTTPS_LISTEN: '127.0.0.1:443,[::1]:443',
    LINCHPIN_API_ADDRESS: '127.0.0.1:17411',
    LINCHPIN_API_CA_FILE: '/t/internal-ca.crt',
  });
});

test('no secret stands in an environment', () => {
  const registry = find(servicesPlan(setup(1)), 'registry');

  expect(registry.launch.env).toMatchObject({ LINCHPIN_MASTER_KEYS_FILE: '/s/master-keys' });
  expect(registry.launch.env).not.toHaveProperty('LINCHPIN_MASTER_KEYS');
});

test('jobs may use the local blob store, and those that the start names', () => {
  const blobHosts = (env = {}) =>
    find(servicesPlan(setup(1, env)), 'file-upload').launch.env['LINCHPIN_BLOB_HOSTS'];

  expect(blobHosts()).toBe('127.0.0.1:16400,localhost:16400');
  expect(blobHosts({ LINCHPIN_BLOB_HOSTS: '*.blob.core.windows.net' })).toBe(
    '127.0.0.1:16400,localhost:16400,*.blob.core.windows.net',
  );
});

test('a service may drain before it is killed', () => {
  const plan = servicesPlan(setup(1, { LINCHPIN_SHUTDOWN_TIMEOUT_MS: '1000' }));

  expect(find(plan, 'gateway-1')).toMatchObject({ stopSignal: 'SIGTERM', stopTimeoutMs: 6_000 });
});

test("the runner's word replaces both forms of an inherited variable", () => {
  const inherited = { A: 'given', A_FILE: '/given', B: 'given', C: 'kept' };

  expect(serviceEnvironment(inherited, { A: 'decided', B_FILE: '/decided' })).toEqual({
    A: 'decided',
    B_FILE: '/decided',
    C: 'kept',
  });
});

test('a variable that a service has from the start is read by it, or refused', () => {
  const base = (name: string): string => name.replace(/_FILE$/, '');
  const steps = [...servicesPlan(setup(1)), ...servicesPlan(setup(2))];
  const set = steps.flatMap((step) => ('launch' in step ? Object.keys(step.launch.env) : []));
  const decided = new Set(
    set.filter((name) => name.startsWith('LINCHPIN_') && name !== 'LINCHPIN_LOG_LEVEL').map(base),
  );

  expect([...new Set([...refusedVariables.keys()].map(base))].sort()).toEqual([...decided].sort());
});

test.each([...refusedVariables.keys()])('the form %s of a variable exists', (name) => {
  expect(unknownVariables({ [name]: 'x' })).toEqual([]);
});

test.each([
  ['LINCHPIN_POSTGRES_URL', 'postgresUrl', 'postgresql://db'],
  ['LINCHPIN_REDIS_URL', 'redisUrl', 'redis://cache'],
  ['LINCHPIN_KAFKA_BROKERS', 'kafkaBrokers', 'k1:9092, k2:9092'],
] as const)('%s is handed on', (name, member, value) => {
  expect(readConfig({ [name]: value }).given).toEqual({ [member]: value });
});
