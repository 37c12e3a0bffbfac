/**
 * Keys with which identities sign for the blobs of an account that trusts them ("Get User Delegation Key" at
 * learn.microsoft.com/rest/api/storageservices).
 */
import { HubError } from '@linchpin/wire';
import type { BlobRequests, StorePlace } from './blob-requests.js';
import { formatStoreTime, signatureVersion, type UserDelegationKey } from './blob-signature.js';
import { asUploads, storeTimeoutMs } from './stored-blobs.js';

interface UserDelegationKeysParts {
  readonly requests: BlobRequests;
  /** Of the deployment, for the account. @param identity where it has several */
  readonly token: (account: StorePlace, identity: string | undefined) => Promise<string>;
  readonly now: () => Date;
}

interface KeptKey {
  readonly key: Promise<UserDelegationKey>;
  readonly staleAtMs: number;
}

/** An account that trusts the identity no longer is asked after so long. */
const keptMs = 15 * 60_000;
/** The longest grant, signed with a key that is just not stale. */
const keyTtlMs = keptMs + 24 * 3_600_000;
/** By so much clocks may differ. */
const startsEarlierMs = 5 * 60_000;
const keptMax = 1_000;
const answerBytesMax = 16 * 1024;

/** Kept for some minutes: an upload costs two requests to others otherwise. */
export class UserDelegationKeys {
  readonly #kept = new Map<string, KeptKey>();

  constructor(private readonly parts: UserDelegationKeysParts) {}

  /** @param endpoint the account's @throws HubError as `UploadStore.grant` */
  async get(endpoint: StorePlace, identity: string | undefined): Promise<UserDelegationKey> {
    const { hostname, port, path } = endpoint;
    const name = JSON.stringify([hostname, port, path, identity]);
    const nowMs = this.parts.now().getTime();
    const kept = this.#kept.get(name);
    if (kept !== undefined && nowMs < kept.staleAtMs) {
      return kept.key;
    }
    const key = this.#ask(endpoint, identity);
    this.#keep(name, { key, staleAtMs: nowMs + keptMs });
    try {
      return await key;
    } catch (error) {
      this.#kept.delete(name);
      throw error;
    }
  }

  /** The oldest make room. */
  #keep(name: string, kept: KeptKey): void {
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptMax && oldest !== undefined) {
      this.#kept.delete(oldest);
    }
  }

  async #ask(endpoint: StorePlace, identity: string | undefined): Promise<UserDelegationKey> {
    const { requests, token, now } = this.parts;
    const bearer = await token(endpoint, identity);
    const [start, expiry] = [-startsEarlierMs, keyTtlMs].map((ms) =>
      formatStoreTime(new Date(now().getTime() + ms)),
    );
    const { body } = await asUploads(
      requests.send({
        method: 'POST',
        place: { ...endpoint, path: `${endpoint.path}/` },
        query: { restype: 'service', comp: 'userdelegationkey' },
        headers: {
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/xml',
          'x-ms-version': signatureVersion,
        },
        body: Buffer.from(
          `<KeyInfo><Start>${start ?? ''}</Start><Expiry>${expiry ?? ''}</Expiry></KeyInfo>`,
        ),
        expectedStatuses: [200],
        answerBytesMax,
        timeoutMs: storeTimeoutMs,
      }),
    );
    return parseKey(body.toString());
  }
}

function parseKey(xml: string): UserDelegationKey {
  const member = (name: string): string => {
    const value = new RegExp(`<${name}>([^<&]{1,256})</${name}>`).exec(xml)?.[1];
    if (value === undefined) {
      throw new HubError('InvalidStorageEndpointOrBlob', 'The blob store gave no key of use.');
    }
    return value;
  };
  return {
    objectId: member('SignedOid'),
    tenantId: member('SignedTid'),
    start: member('SignedStart'),
    expiry: member('SignedExpiry'),
    service: member('SignedService'),
    version: member('SignedVersion'),
    key: Buffer.from(member('Value'), 'base64'),
  };
}
