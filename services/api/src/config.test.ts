import { expect, test } from '@jest/globals';
import { standardTlsPolicy } from '@linchpin/platform/tls';
import { loadConfig } from './config.js';

const variables = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:9090',
  LINCHPIN_HTTPS_LISTEN: '127.0.0.1:443,[::1]:443',
  LINCHPIN_TLS_CERT_FILE: '/tls/rsa.crt, /tls/ec.crt',
  LINCHPIN_TLS_KEY_FILE: '/tls/rsa.key,/tls/ec.key',
  LINCHPIN_REGISTRY_ADDRESS: '[::1]:7000',
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
    limits: {
      connectionsMax: 10_000,
      connectionsPerAddressMax: 1_000,
      handshakeTimeoutMs: 10_000,
      headersTimeoutMs: 15_000,
      requestTimeoutMs: 60_000,
      keepAliveTimeoutMs: 120_000,
    },
    registry: { address: '[::1]:7000', tls: undefined },
    adminToken: 'sixteen-and-more',
    eventsEndpoint: undefined,
  });
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
