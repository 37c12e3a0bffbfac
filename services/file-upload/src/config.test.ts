import { expect, test } from '@jest/globals';
import { loadConfig, loadPrepareConfig } from './config.js';

const required = {
  LINCHPIN_PROBE_LISTEN: '127.0.0.1:1',
  LINCHPIN_GRPC_LISTEN: '127.0.0.1:2',
  LINCHPIN_REGISTRY_ADDRESS: '127.0.0.1:3',
  LINCHPIN_POSTGRES_URL: 'postgresql://u:p@h/d',
  LINCHPIN_MASTER_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
};

test('what is not said is safe: no blob store may be asked', () => {
  expect(loadConfig(required)).toMatchObject({
    blobStore: { allowedHosts: [], authorities: [] },
    jobsRunningMax: 8,
    jobLeaseMs: 15_000,
    jobDurationMaxMs: 6 * 3_600_000,
    importBlobBytesMax: 2 * 1024 ** 3,
    postgres: { schema: 'file_upload' },
    registry: { address: '127.0.0.1:3', tls: undefined },
  });
});

test('hosts of blob stores come with a port, without, or as a domain', () => {
  const LINCHPIN_BLOB_HOSTS = '127.0.0.1:16400, store.example,*.blob.core.windows.net';

  expect(loadConfig({ ...required, LINCHPIN_BLOB_HOSTS }).blobStore.allowedHosts).toEqual([
    '127.0.0.1:16400',
    'store.example',
    '*.blob.core.windows.net',
  ]);
});

test.each(['*', 'https://store.example', 'a b', '*.*'])(
  '%j is no host of a blob store',
  (LINCHPIN_BLOB_HOSTS) => {
    expect(() => loadConfig({ ...required, LINCHPIN_BLOB_HOSTS })).toThrow('LINCHPIN_BLOB_HOSTS');
  },
);

test('all faults are told together', () => {
  expect(() => loadConfig({})).toThrow(
    /LINCHPIN_POSTGRES_URL(.|\n)*LINCHPIN_GRPC_LISTEN(.|\n)*LINCHPIN_MASTER_KEYS/,
  );
});

test('making tables needs a database alone', () => {
  const { LINCHPIN_POSTGRES_URL } = required;

  expect(loadPrepareConfig({ LINCHPIN_POSTGRES_URL }).postgres.url).toBe(LINCHPIN_POSTGRES_URL);
});

const identity = {
  AZURE_CLIENT_ID: 'client',
  AZURE_TENANT_ID: 'tenant',
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/token',
};

test('an identity is whose client, tenant and token are known', () => {
  expect(loadConfig({ ...required, ...identity }).identity).toEqual({
    clientId: 'client',
    tenantId: 'tenant',
    tokenFile: '/var/run/token',
    authority: new URL('https://login.microsoftonline.com/'),
  });
});

test.each(Object.keys(identity))('without %s there is none', (name) => {
  expect(loadConfig({ ...required, ...identity, [name]: '' }).identity).toBeUndefined();
});

test('a token goes to nobody without TLS', () => {
  const AZURE_AUTHORITY_HOST = 'http://login.example/';

  expect(() => loadConfig({ ...required, AZURE_AUTHORITY_HOST })).toThrow('AZURE_AUTHORITY_HOST');
});
