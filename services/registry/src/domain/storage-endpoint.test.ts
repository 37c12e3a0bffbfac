import { expect, test } from '@jest/globals';
import { validateStorage, type StorageEndpoint } from './storage-endpoint.js';

const connectionString = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0PT0=;';
const usable: StorageEndpoint = {
  sasTtlAsIso8601: 'PT1H',
  connectionString,
  containerName: 'files',
  authenticationType: undefined,
  identity: undefined,
};

test.each<Partial<StorageEndpoint>>([
  {},
  { connectionString: '', containerName: '' },
  { connectionString: '' },
  { containerName: '' },
  { containerName: 'a-1' },
  { containerName: 'c'.repeat(63) },
  { authenticationType: 'keyBased' },
  { connectionString: 'AccountName=a', authenticationType: 'identityBased' },
  { connectionString: 'BlobEndpoint=https://a.example/b;AccountName=a;AccountKey=k' },
  { connectionString: 'S3Endpoint=https://a.example;Region=eu;AccessKeyId=k;SecretAccessKey=s' },
  { connectionString: 'S3Endpoint=https://a.example', authenticationType: 'identityBased' },
])('%j may be chosen', (members) => {
  expect(() => {
    validateStorage({ ...usable, ...members });
  }).not.toThrow();
});

const containerRule = 'containerName: has 3 to 63 lower-case letters, digits and single hyphens.';
const partsRule = 'connectionString: has parts Name=Value with ; between them.';
const placeRule = 'connectionString: names an account (AccountName) or an endpoint.';
const identityRule = 'connectionString: has no key where authenticationType is identityBased.';

test.each<[Partial<StorageEndpoint>, string]>([
  [{ containerName: 'ab' }, containerRule],
  [{ containerName: 'c'.repeat(64) }, containerRule],
  [{ containerName: 'Files' }, containerRule],
  [{ containerName: '-files' }, containerRule],
  [{ containerName: 'files-' }, containerRule],
  [{ containerName: 'fi--les' }, containerRule],
  [{ containerName: 'files\n' }, containerRule],
  [{ containerName: 'files/others' }, containerRule],
  [{ containerName: '../files' }, containerRule],
  [{ containerName: '$web' }, containerRule],
  [{ containerName: 'dateien-ä' }, containerRule],
  [{ connectionString: 'just-a-password' }, partsRule],
  [{ connectionString: `${connectionString}=x` }, partsRule],
  [{ connectionString: 'AccountName=' }, partsRule],
  [{ connectionString: `${connectionString} AccountName=b` }, partsRule],
  [
    { connectionString: `${connectionString}accountname=b` },
    'connectionString: names each part once.',
  ],
  [{ connectionString: ';' }, placeRule],
  [{ connectionString: 'AccountKey=k' }, placeRule],
  [{ connectionString: 'EndpointSuffix=core.example;AccountKey=k' }, placeRule],
  [{ authenticationType: 'identityBased' }, identityRule],
  [
    {
      connectionString: 'S3Endpoint=https://a.example;SecretAccessKey=s',
      authenticationType: 'identityBased',
    },
    identityRule,
  ],
  [
    {
      connectionString: 'BlobEndpoint=https://a.example;SharedAccessSignature=sv=1&sig=s',
      authenticationType: 'identityBased',
    },
    identityRule,
  ],
])('%j is refused', (members, message) => {
  expect(() => {
    validateStorage({ ...usable, ...members });
  }).toThrow(
    expect.objectContaining({
      code: 'InvalidStorageEndpointProperty',
      message: `storageEndpoints/$default/${message}`,
    }),
  );
});

test('a refusal shows nothing of the connection string', () => {
  expect(() => {
    validateStorage({ ...usable, connectionString: 'AccountName=a;my-secret' });
  }).toThrow(expect.objectContaining({ message: expect.not.stringContaining('my-secret') }));
});
