/**
 * How the owner of a hub names its storage: by Azure Storage's connection string, or by one of our own for a store of
 * S3's kind, such as
 * `S3Endpoint=https://store.example;Region=eu-west-1;AccessKeyId=…;SecretAccessKey=…`.
 */
import { HubError } from '@linchpin/wire';
import type { S3Credentials } from './s3-signature.js';

export type StorageConnection = AzureConnection | S3Connection;

interface AzureConnection {
  readonly kind: 'azure';
  readonly account: string;
  /** Of its blobs, without a slash at its end. */
  readonly endpoint: string;
  /** A secret; undefined where an identity is to be used. */
  readonly key: Buffer | undefined;
}

interface S3Connection extends S3Credentials {
  readonly kind: 's3';
  readonly endpoint: string;
}

/** Names do not differ by case, as in Azure's. @throws HubError InvalidStorageEndpoint, with no value in its text */
export function parseStorageConnectionString(text: string): StorageConnection {
  const members = readMembers(text);
  return members.has('s3endpoint') ? toS3(members) : toAzure(members);
}

type Members = ReadonlyMap<string, string>;

function readMembers(text: string): Members {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('=');
      if (end < 1) {
        throw unusable('it is no list of Name=value, with semicolons between');
      }
      return [part.slice(0, end).trim().toLowerCase(), part.slice(end + 1).trim()];
    }),
  );
}

function toS3(members: Members): S3Connection {
  return {
    kind: 's3',
    endpoint: withoutSlash(required(members, 'S3Endpoint')),
    region: required(members, 'Region'),
    accessKeyId: required(members, 'AccessKeyId'),
    secretAccessKey: required(members, 'SecretAccessKey'),
  };
}

function toAzure(members: Members): AzureConnection {
  if (members.has('sharedaccesssignature')) {
    throw unusable('a shared access signature can sign no other, so it needs AccountKey');
  }
  const account = required(members, 'AccountName');
  if (!/^[a-z0-9]{3,24}$/.test(account)) {
    throw unusable('AccountName is none that a storage account can have');
  }
  const protocol = members.get('defaultendpointsprotocol') ?? 'https';
  const suffix = members.get('endpointsuffix') ?? 'core.windows.net';
  const endpoint = members.get('blobendpoint') ?? `${protocol}://${account}.blob.${suffix}`;
  const key = members.get('accountkey');
  return {
    kind: 'azure',
    account,
    endpoint: withoutSlash(endpoint),
    key: key === undefined ? undefined : Buffer.from(key, 'base64'),
  };
}

function required(members: Members, name: string): string {
  const value = members.get(name.toLowerCase()) ?? '';
  if (value === '') {
    throw unusable(`it lacks ${name}`);
  }
  return value;
}

function withoutSlash(endpoint: string): string {
  return endpoint.replace(/\/$/, '');
}

function unusable(why: string): HubError {
  return new HubError(
    'InvalidStorageEndpoint',
    `The connection string of the hub's storage cannot be used: ${why}.`,
  );
}
