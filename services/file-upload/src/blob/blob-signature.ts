/**
 * Shared access signatures of one blob, as Azure Storage has them ("Create a service SAS", "Create a user delegation
 * SAS" at learn.microsoft.com/rest/api/storageservices): the query that a URI needs.
 */
import { createHmac } from 'node:crypto';

export interface BlobSignatureTerms {
  readonly account: string;
  readonly container: string;
  readonly blobName: string;
  /** `cw`: create and write; `r`: read. */
  readonly permissions: 'cw' | 'r';
  readonly expiryTime: Date;
}

/** Of an identity, given by the store for some time. */
export interface UserDelegationKey {
  readonly objectId: string;
  readonly tenantId: string;
  readonly start: string;
  readonly expiry: string;
  readonly service: string;
  readonly version: string;
  /** A secret. */
  readonly key: Buffer;
}

/** What is signed, and how: another version has other fields. */
export const signatureVersion = '2020-12-06';

/** Which account, container and blob: none but this one can be asked for. */
const resourceKind = 'b';
const protocol = 'https';
/** Cache-Control, Content-Disposition, Content-Encoding, Content-Language and Content-Type of answers. */
const answerHeaders = ['', '', '', '', ''];
const snapshotAndEncryptionScope = ['', ''];

/** @param key of the account */
export function signWithAccountKey(terms: BlobSignatureTerms, key: Buffer): string {
  const { permissions, expiryTime } = terms;
  const expiry = formatStoreTime(expiryTime);
  const signed = [
    ...[permissions, '', expiry, resourceOf(terms)],
    // A stored access policy, and the addresses that may use it: none.
    ...['', '', protocol, signatureVersion, resourceKind],
    ...snapshotAndEncryptionScope,
    ...answerHeaders,
  ];
  return queryOf(signed, key, { sp: permissions, se: expiry });
}

export function signWithDelegationKey(
  terms: BlobSignatureTerms,
  delegation: UserDelegationKey,
): string {
  const { permissions, expiryTime } = terms;
  const { objectId, tenantId, start, expiry: keyExpiry, service, version, key } = delegation;
  const expiry = formatStoreTime(expiryTime);
  const signed = [
    ...[permissions, '', expiry, resourceOf(terms)],
    ...[objectId, tenantId, start, keyExpiry, service, version],
    // Authorized and unauthorized object ids, a correlation id, addresses: none.
    ...['', '', '', '', protocol, signatureVersion, resourceKind],
    ...snapshotAndEncryptionScope,
    ...answerHeaders,
  ];
  return queryOf(signed, key, {
    ...{ sp: permissions, se: expiry },
    ...{ skoid: objectId, sktid: tenantId, skt: start, ske: keyExpiry, sks: service, skv: version },
  });
}

/** As the store has times: to the second. */
export function formatStoreTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function resourceOf({ account, container, blobName }: BlobSignatureTerms): string {
  return `/blob/${account}/${container}/${blobName}`;
}

function queryOf(
  signed: readonly string[],
  key: Buffer,
  parameters: Readonly<Record<string, string>>,
): string {
  const sig = createHmac('sha256', key).update(signed.join('\n')).digest('base64');
  const fixed = { sv: signatureVersion, sr: resourceKind, spr: protocol };
  return new URLSearchParams({ ...fixed, ...parameters, sig }).toString();
}
