import { expect, test } from '@jest/globals';
import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import {
  signatureVersion,
  signWithAccountKey,
  signWithDelegationKey,
  type BlobSignatureTerms,
} from './blob-signature.js';

const key = Buffer.alloc(64, 5);

const terms: BlobSignatureTerms = {
  account: 'account1',
  container: 'uploads',
  blobName: 'd1/größe & 100%.txt',
  permissions: 'cw',
  expiryTime: new Date('2026-11-30T12:00:00.987Z'),
};

/** What Azure's own library makes of the same. */
const theirs = {
  containerName: terms.container,
  blobName: terms.blobName,
  permissions: BlobSASPermissions.parse('cw'),
  expiresOn: terms.expiryTime,
  protocol: SASProtocol.Https,
  version: signatureVersion,
};

test('a signature by the key of the account is what the SDK makes', () => {
  const credential = new StorageSharedKeyCredential(terms.account, key.toString('base64'));
  const expected = generateBlobSASQueryParameters(theirs, credential).toString();

  expect(parametersOf(signWithAccountKey(terms, key))).toEqual(parametersOf(expected));
});

test('so is one by the key of an identity', () => {
  const delegation = {
    objectId: '11111111-2222-3333-4444-555555555555',
    tenantId: '66666666-7777-8888-9999-000000000000',
    start: '2026-11-30T10:00:00Z',
    expiry: '2026-12-01T10:00:00Z',
    service: 'b',
    version: '2020-12-06',
    key,
  };
  const expected = generateBlobSASQueryParameters(
    theirs,
    {
      signedObjectId: delegation.objectId,
      signedTenantId: delegation.tenantId,
      signedStartsOn: new Date(delegation.start),
      signedExpiresOn: new Date(delegation.expiry),
      signedService: delegation.service,
      signedVersion: delegation.version,
      value: key.toString('base64'),
    },
    terms.account,
  ).toString();

  expect(parametersOf(signWithDelegationKey(terms, delegation))).toEqual(parametersOf(expected));
});

test('each term is signed', () => {
  const changes: Partial<BlobSignatureTerms>[] = [
    { account: 'account2' },
    { container: 'others' },
    { blobName: 'd2/file' },
    { permissions: 'r' },
    { expiryTime: new Date('2026-11-30T12:00:01Z') },
  ];
  const signatures = [{}, ...changes].map(
    (change) => parametersOf(signWithAccountKey({ ...terms, ...change }, key))['sig'],
  );

  expect(new Set(signatures).size).toBe(changes.length + 1);
});

function parametersOf(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}
