import { afterAll, expect, test } from '@jest/globals';
import type { UploadStorage } from '../domain/device-upload.js';
import { HttpUploadStores } from './http-upload-stores.js';

const now = () => new Date('2026-11-30T12:00:00Z');
const stores = new HttpUploadStores(
  {
    allowedHosts: ['*.blob.core.windows.net', '127.0.0.1:16400', 's3.example'],
    authorities: [],
    identity: undefined,
  },
  now,
);

afterAll(() => {
  stores.close();
});

function storage(connectionString: string, members: Partial<UploadStorage> = {}): UploadStorage {
  return {
    connectionString,
    containerName: 'uploads',
    isIdentityBased: false,
    identity: undefined,
    grantTtlSeconds: 3_600,
    ...members,
  };
}

const key = 'AccountKey=c2VjcmV0';
const s3 = 'S3Endpoint=https://s3.example;Region=eu-west-1;AccessKeyId=id;SecretAccessKey=secret';

test.each([
  [`AccountName=acct1;${key}`, 'acct1.blob.core.windows.net'],
  [`AccountName=acct1;${key};BlobEndpoint=https://127.0.0.1:16400/acct1`, '127.0.0.1:16400/acct1'],
  [s3, 's3.example'],
])('the parts of what %j grants make the URI of the blob', async (text, hostName) => {
  const store = stores.open(storage(text));
  const grant = await store.grant('d1/a b', 60);

  expect(grant).toMatchObject({ hostName, containerName: 'uploads' });
  expect(store.uriOf('d1/a b')).toBe(`https://${hostName}/uploads/d1/a%20b`);
  expect(grant.sasToken).toMatch(/^\?[^?#/]+$/);
});

test('a grant of Azure Storage is for one blob, by https, to create and write, until its time is over', async () => {
  const { sasToken } = await stores.open(storage(`AccountName=acct1;${key}`)).grant('d1/a', 60);
  const { sig, ...terms } = Object.fromEntries(new URLSearchParams(sasToken));

  expect(terms).toEqual({
    sv: '2020-12-06',
    sr: 'b',
    spr: 'https',
    sp: 'cw',
    se: '2026-11-30T12:01:00Z',
  });
  expect(sig).toHaveLength(44);
});

test('one of S3 is for so many seconds from now', async () => {
  const { sasToken } = await stores.open(storage(s3)).grant('d1/a', 60);

  expect(Object.fromEntries(new URLSearchParams(sasToken))).toMatchObject({
    'X-Amz-Date': '20261130T120000Z',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
  });
});

test('S3 has keys of 1,024 bytes, not characters', async () => {
  const store = stores.open(storage(s3));
  await expect(store.grant(`d1/${'ü'.repeat(511)}`, 60)).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });

  await expect(store.grant(`d1/${'ü'.repeat(510)}`, 60)).resolves.toBeDefined();
});

test.each([
  [
    'a host that is not allowed',
    storage(`AccountName=acct1;${key};BlobEndpoint=https://169.254.169.254`),
  ],
  [
    'a port that is not allowed',
    storage(`AccountName=acct1;${key};BlobEndpoint=https://127.0.0.1:5432`),
  ],
  ['http', storage(`AccountName=acct1;${key};DefaultEndpointsProtocol=http`)],
  [
    'an endpoint with a query',
    storage(`AccountName=acct1;${key};BlobEndpoint=https://s3.example/?sig=x`),
  ],
  ['no container', storage(`AccountName=acct1;${key}`, { containerName: '' })],
  ['a container elsewhere', storage(`AccountName=acct1;${key}`, { containerName: '../../x' })],
  ['a path for a container', storage(`AccountName=acct1;${key}`, { containerName: 'a/b' })],
  ['a container with a query', storage(`AccountName=acct1;${key}`, { containerName: 'a?sig=x' })],
  ['no key', storage('AccountName=acct1')],
  ['an empty key', storage('AccountName=acct1;AccountKey=')],
  ['an identity that there is none of', storage('AccountName=acct1', { isIdentityBased: true })],
  ['an identity at S3', storage(s3, { isIdentityBased: true })],
])('storage with %s is none', (_what, refused) => {
  expect(() => stores.open(refused)).toThrow(
    expect.objectContaining({ code: 'InvalidStorageEndpoint' }),
  );
});
