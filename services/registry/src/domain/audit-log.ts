/** What is remembered of every change: who made it, when, and from where. It is added to and read, no more. */
import { HubError } from '@linchpin/wire';
import { validateFreeText } from './free-text.js';
import { pageLength } from './page-length.js';

/** One change, as whoever makes it tells of it. */
export interface AuditedChange {
  /** What was done: `UpdateIdentity`, `PutCertificate`. */
  readonly operation: string;
  /** Ids of what was changed, none for the hub itself: `{deviceId}`, `{policy}`. */
  readonly subject?: Readonly<Record<string, string | undefined>>;
  /** What is worth knowing besides; never a key, token or other secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  /** Rises with time; says where a page begins. */
  readonly id: string;
  readonly time: Date;
  readonly hub: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly actor: AuditActor;
  readonly requestId: string | undefined;
  /** Of the import by which it was done. */
  readonly jobId: string | undefined;
  readonly traceId: string | undefined;
}

interface AuditActor {
  readonly kind: string;
  readonly name: string;
  readonly clientAddress: string | undefined;
}

/** Whose entries are wanted; names are compared without regard to letter case. */
export interface AuditQuery {
  readonly subscriptionId: string;
  /** Without a hub those of the whole subscription. */
  readonly hub: HubPlace | undefined;
  /** From this time on, and before that one; undefined bounds nothing. */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** The `next` of the page before. */
  readonly before: string | undefined;
  readonly limit: number;
}

export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  /** The `before` of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

interface HubPlace {
  readonly resourceGroup: string;
  readonly name: string;
}

export interface AuditStore {
  /** @throws HubError IotHubNotFound */
  add(hub: string, change: AuditedChange): Promise<void>;

  /** Up to `query.limit` entries; fewer, but one at the least, where they would have more than `bytesMax`. */
  list(query: AuditQuery, bytesMax: number): Promise<AuditPage>;

  /** Removes up to `limit` of the oldest that are older than `before`, and says how many. */
  removeOlder(before: Date, limit: number): Promise<number>;
}

const listedEntriesMax = 1_000;

/** Half of an answer's 16 MiB: an entry that names many tags has 200 KiB, most have one. */
const listedBytesMax = 8 * 1024 * 1024;

/** Old entries go in pieces, so that no statement locks or logs very many at once. */
const removedAtOnceMax = 5_000;

/** So long may a hub's name, a resource group's or a subscription's be in a question. */
const nameLengthMax = 256;

/** Two URIs of blobs, each as long as one may be, and what is said besides. */
const addedLengthMax = 16 * 1024;

export class AuditLog {
  constructor(private readonly store: AuditStore) {}

  /**
   * @param query its limit, out of 1 to 1000, means 1000
   * @throws HubError ArgumentInvalid
   */
  async list(query: AuditQuery): Promise<AuditPage> {
    const { subscriptionId, hub, before, limit } = query;
    validateFreeText('subscriptionId', subscriptionId, nameLengthMax);
    validateFreeText('name', hub?.name ?? '', nameLengthMax);
    validateFreeText('resourceGroup', hub?.resourceGroup ?? '', nameLengthMax);
    if (before !== undefined && !/^\d{1,18}$/.test(before)) {
      throw new HubError(
        'ArgumentInvalid',
        '$skipToken: is none that a page of this list has named.',
      );
    }
    const wanted = { ...query, limit: pageLength(limit, listedEntriesMax) };
    return this.store.list(wanted, listedBytesMax);
  }

  /**
   * For what others keep of a hub; changes of what the registry keeps are stored with their entry.
   *
   * @throws HubError IotHubNotFound, ArgumentInvalid for what is no entry
   */
  async add(hub: string, change: AuditedChange): Promise<void> {
    if (!/^[A-Z][A-Za-z]{1,63}$/.test(change.operation)) {
      throw new HubError('ArgumentInvalid', 'An operation is called like CreateJob.');
    }
    const { length } = JSON.stringify(change);
    if (length > addedLengthMax) {
      throw new HubError(
        'ArgumentInvalid',
        `An entry of ${length} characters is longer than ${addedLengthMax}.`,
      );
    }
    await this.store.add(hub, change);
  }

  /**
   * Removes a piece of what is older than `before`.
   *
   * @returns how many entries; none when no such entry is left
   */
  async removeOlder(before: Date): Promise<number> {
    return this.store.removeOlder(before, removedAtOnceMax);
  }
}
