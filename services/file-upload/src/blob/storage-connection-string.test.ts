import { expect, test } from '@jest/globals';
import { parseStorageConnectionString } from './storage-connection-string.js';

const key = 'c2VjcmV0';

test.each([
  [
    `DefaultEndpointsProtocol=https;AccountName=acct1;AccountKey=${key};EndpointSuffix=core.windows.net`,
    'https://acct1.blob.core.windows.net',
  ],
  [`AccountName=acct1;AccountKey=${key}`, 'https://acct1.blob.core.windows.net'],
  [
    `accountname=acct1;ACCOUNTKEY=${key};EndpointSuffix=core.chinacloudapi.cn;`,
    'https://acct1.blob.core.chinacloudapi.cn',
  ],
  [
    ` AccountName=acct1 ; AccountKey=${key} ; BlobEndpoint=https://127.0.0.1:16400/acct1/ ;`,
    'https://127.0.0.1:16400/acct1',
  ],
  // That an endpoint is no https is told where URIs are read.
  [
    `AccountName=acct1;AccountKey=${key};DefaultEndpointsProtocol=http`,
    'http://acct1.blob.core.windows.net',
  ],
])('%j is an account at %s', (text, endpoint) => {
  expect(parseStorageConnectionString(text)).toEqual({
    kind: 'azure',
    account: 'acct1',
    endpoint,
    key: Buffer.from('secret'),
  });
});

test('without a key an account is one for identities', () => {
  expect(parseStorageConnectionString('AccountName=acct1')).toMatchObject({ key: undefined });
});

test('a store of S3’s kind has a form of its own', () => {
  const text =
    'S3Endpoint=https://store.example:9000/;Region=eu-west-1;AccessKeyId=id;SecretAccessKey=a=b/+';

  expect(parseStorageConnectionString(text)).toEqual({
    kind: 's3',
    endpoint: 'https://store.example:9000',
    region: 'eu-west-1',
    accessKeyId: 'id',
    secretAccessKey: 'a=b/+',
  });
});

test.each([
  ['', 'it lacks AccountName'],
  ['nothing', 'no list of Name=value'],
  ['=value', 'no list of Name=value'],
  ['UseDevelopmentStorage=true', 'it lacks AccountName'],
  ['AccountName=;AccountKey=c2VjcmV0', 'it lacks AccountName'],
  ['AccountName=../x;AccountKey=c2VjcmV0', 'none that a storage account can have'],
  ['BlobEndpoint=https://a.example;SharedAccessSignature=sv=1&sig=c2VjcmV0', 'can sign no other'],
  ['S3Endpoint=https://a.example;AccessKeyId=id;SecretAccessKey=c2VjcmV0', 'it lacks Region'],
  ['S3Endpoint=https://a.example;Region=r;AccessKeyId=id', 'it lacks SecretAccessKey'],
])('%j cannot be used, and no value of it is told', (text, why) => {
  const parse = () => parseStorageConnectionString(text);

  expect(parse).toThrow(
    expect.objectContaining({
      code: 'InvalidStorageEndpoint',
      message: expect.stringContaining(why),
    }),
  );
  expect(parse).toThrow(expect.not.objectContaining({ message: expect.stringContaining(key) }));
});
