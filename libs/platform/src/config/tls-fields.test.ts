import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { cipherSuites } from '../tls/tls-policy.js';
import { readEnvironment } from './environment.js';
import { tlsFields, toServerTls, type ServerTls } from './tls-fields.js';

const required = {
  LINCHPIN_TLS_CERT_FILE: '/tls/rsa.crt, /tls/ec.crt',
  LINCHPIN_TLS_KEY_FILE: '/tls/rsa.key,/tls/ec.key',
};

function read(variables: Record<string, string>): ServerTls {
  return toServerTls(readEnvironment(z.object(tlsFields), { ...required, ...variables }));
}

test('TLS 1.2 and all suites of the policy are spoken unless told otherwise', () => {
  expect(read({})).toEqual({
    files: {
      certificates: ['/tls/rsa.crt', '/tls/ec.crt'],
      keys: ['/tls/rsa.key', '/tls/ec.key'],
    },
    policy: { minVersion: '1.2', cipherSuites },
  });
});

test('the policy can be made narrower', () => {
  const LINCHPIN_TLS_CIPHERS = 'ECDHE-RSA-AES128-GCM-SHA256, TLS_AES_128_GCM_SHA256';
  expect(read({ LINCHPIN_TLS_MIN_VERSION: '1.3', LINCHPIN_TLS_CIPHERS }).policy).toEqual({
    minVersion: '1.3',
    cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'],
  });
});

describe('never weaker', () => {
  test.each([
    ['LINCHPIN_TLS_MIN_VERSION', '1.1'],
    ['LINCHPIN_TLS_MIN_VERSION', 'TLSv1.2'],
    ['LINCHPIN_TLS_CIPHERS', 'AES128-GCM-SHA256'],
    ['LINCHPIN_TLS_CIPHERS', 'ALL'],
    ['LINCHPIN_TLS_CIPHERS', 'ECDHE-RSA-AES128-GCM-SHA256:ALL'],
    ['LINCHPIN_TLS_CIPHERS', 'TLS_AES_128_GCM_SHA256,@SECLEVEL=0'],
    ['LINCHPIN_TLS_CIPHERS', ','],
  ])('%s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name);
  });
});

test('a policy by which nobody could speak is refused', () => {
  const LINCHPIN_TLS_CIPHERS = 'ECDHE-RSA-AES128-GCM-SHA256';
  expect(() => read({ LINCHPIN_TLS_MIN_VERSION: '1.3', LINCHPIN_TLS_CIPHERS })).toThrow(
    'LINCHPIN_TLS_CIPHERS',
  );
  expect(read({ LINCHPIN_TLS_CIPHERS }).policy.minVersion).toBe('1.2');
});
