import { BlockList } from 'node:net';
import { expect, test } from '@jest/globals';
import { standardTlsPolicy } from '@linchpin/platform/tls';
import { loadConfig } from './config.js';

const variables = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:9090',
  LINCHPIN_HTTPS_LISTEN: '127.0.0.1:443,[::1]:443',
  LINCHPIN_TLS_CERT_FILE: '/tls/rsa.crt, /tls/ec.crt',
  LINCHPIN_TLS_KEY_FILE: '/tls/rsa.key,/tls/ec.key',
  LINCHPIN_REGISTRY_ADDRESS: '[::1]:7000',
  LINCHPIN_REDIS_URL: 'redis://127.0.0.1:6379',
  LINCHPIN_FILE_UPLOAD_ADDRESS: '[::1]:7001',
  LINCHPIN_TWIN_ADDRESS: '[::1]:7002',
  LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: 'cloud-to-device:7003',
  LINCHPIN_ADMIN_TOKEN: 'sixteen-and-more',
};

test('the variables without a default are enough', () => {
  expect(loadConfig(variables)).toEqual({
    logLevel: 'info',
    probeListen: { host: '127.0.0.1', port: 9090 },
    shutdownTimeoutMs: 30_000,
    tracingEndpoint: undefined,
    listen: [
      { host: '127.0.0.1', port: 443 },
      { host: '::1', port: 443 },
    ],
    tls: {
      files: {
        certificates: ['/tls/rsa.crt', '/tls/ec.crt'],
        keys: ['/tls/rsa.key', '/tls/ec.key'],
      },
      policy: standardTlsPolicy,
    },
    proxies: new BlockList(),
    handshakeTimeoutMs: 10_000,
    limits: {
      connectionsMax: 10_000,
      connectionsPerAddressMax: 1_000,
      headersTimeoutMs: 15_000,
      requestTimeoutMs: 60_000,
      keepAliveTimeoutMs: 120_000,
    },
    requestsBytesMax: 256 * 1024 * 1024,
    registry: { address: '[::1]:7000', tls: undefined },
    redisUrl: 'redis://127.0.0.1:6379',
    topicPrefix: 'linchpin',
    fileUpload: { address: '[::1]:7001', tls: undefined },
    twin: { address: '[::1]:7002', tls: undefined },
    cloudToDevice: { address: 'cloud-to-device:7003', tls: undefined },
    adminToken: 'sixteen-and-more',
    oidc: undefined,
    eventsEndpoint: undefined,
  });
});

test('load balancers are believed where it is said', () => {
  const told = loadConfig({ ...variables, LINCHPIN_PROXY_PROTOCOL_FROM: '10.0.0.0/8' });
  expect([told, loadConfig(variables)].map(({ proxies }) => proxies.check('10.1.2.3'))).toEqual([
    true,
    false,
  ]);
});

const oidc = {
  LINCHPIN_OIDC_ISSUER: 'https://login.example/tenant/v2.0',
  LINCHPIN_OIDC_AUDIENCE: 'https://iothubs.azure.net, linchpin',
};

test('an issuer with an audience is enough, and takes the place of the admin token', () => {
  const { adminToken, oidc: settings } = loadConfig({
    ...variables,
    ...oidc,
    LINCHPIN_ADMIN_TOKEN: '',
  });

  expect(adminToken).toBeUndefined();
  expect(settings).toEqual({
    issuer: 'https://login.example/tenant/v2.0',
    audiences: ['https://iothubs.azure.net', 'linchpin'],
    tokenTypes: ['JWT', 'at+jwt', 'Bearer'],
    clients: undefined,
    rolesClaim: 'roles',
    roleMapping: undefined,
    nameClaim: 'sub',
    authorities: [],
  });
});

test('what an issuer calls things can be said', () => {
  const { oidc: settings } = loadConfig({
    ...variables,
    ...oidc,
    LINCHPIN_OIDC_ROLES_CLAIM: 'realm_access.roles',
    LINCHPIN_OIDC_ROLES: 'iot-admins=owner,plant=data reader@plant-7',
    LINCHPIN_OIDC_NAME_CLAIM: 'email',
    LINCHPIN_OIDC_TOKEN_TYPES: 'at+jwt, Bearer',
    LINCHPIN_OIDC_CLIENTS: 'console,ci',
  });

  expect(settings).toMatchObject({
    rolesClaim: 'realm_access.roles',
    nameClaim: 'email',
    tokenTypes: ['at+jwt', 'Bearer'],
    clients: ['console', 'ci'],
  });
  expect([...settings!.roleMapping!]).toEqual([
    ['iot-admins', [{ role: 'owner', hub: undefined }]],
    ['plant', [{ role: 'data reader', hub: 'plant-7' }]],
  ]);
});

test.each([
  ['no admin token and no issuer', { LINCHPIN_ADMIN_TOKEN: '' }, 'Nobody could administer'],
  [
    'an issuer without an audience',
    { LINCHPIN_OIDC_ISSUER: oidc.LINCHPIN_OIDC_ISSUER },
    'needs LINCHPIN_OIDC_AUD',
  ],
  [
    'an audience without an issuer',
    { LINCHPIN_OIDC_AUDIENCE: 'linchpin' },
    'LINCHPIN_OIDC_AUDIENCE is of no use without LINCHPIN_OIDC_ISSUER',
  ],
  [
    'clients without an issuer',
    { LINCHPIN_OIDC_CLIENTS: 'console', LINCHPIN_OIDC_ROLES: 'x=owner' },
    'LINCHPIN_OIDC_CLIENTS, LINCHPIN_OIDC_ROLES is of no use without LINCHPIN_OIDC_ISSUER',
  ],
  [
    'a misspelled variable',
    { ...oidc, LINCHPIN_OIDC_CLIENT: 'console' },
    'LINCHPIN_OIDC_CLIENT is no variable of Linchpin: perhaps LINCHPIN_OIDC_CLIENTS is meant',
  ],
  ['an issuer without TLS', { ...oidc, LINCHPIN_OIDC_ISSUER: 'http://login.example' }, 'https URL'],
  ['an issuer that is no URL', { ...oidc, LINCHPIN_OIDC_ISSUER: 'login.example' }, 'https URL'],
  ['roles that there are not', { ...oidc, LINCHPIN_OIDC_ROLES: 'x=king' }, '"x=king" is not'],
  [
    'an empty variable',
    { ...oidc, LINCHPIN_OIDC_CLIENTS: '', LINCHPIN_OIDC_ROLES_FILE: '' },
    'LINCHPIN_OIDC_CLIENTS, LINCHPIN_OIDC_ROLES_FILE is empty',
  ],
  ['an empty issuer', { LINCHPIN_OIDC_ISSUER: '' }, 'LINCHPIN_OIDC_ISSUER is empty'],
  ['a list of no clients', { ...oidc, LINCHPIN_OIDC_CLIENTS: ' , ' }, 'names none'],
  ['a list of no types', { ...oidc, LINCHPIN_OIDC_TOKEN_TYPES: ',' }, 'names none'],
  ['an authority that is not there', { ...oidc, LINCHPIN_OIDC_CA_FILE: '/gone' }, 'cannot read'],
])('%s is refused at the start', (_, overrides, message) => {
  expect(() => loadConfig({ ...variables, ...overrides })).toThrow(message);
});

test('all faults are told at once, and no value of a secret', () => {
  expect(() => loadConfig({ LINCHPIN_ADMIN_TOKEN: 'guessable' })).toThrow(
    expect.objectContaining({
      faults: expect.arrayContaining([
        'LINCHPIN_HTTPS_LISTEN: is required',
        'LINCHPIN_TLS_CERT_FILE: is required',
        'LINCHPIN_TLS_KEY_FILE: is required',
        'LINCHPIN_REGISTRY_ADDRESS: is required',
        'LINCHPIN_ADMIN_TOKEN: must have at least 16 ASCII characters and no space',
      ]),
      message: expect.not.stringContaining('guessable'),
    }),
  );
});
