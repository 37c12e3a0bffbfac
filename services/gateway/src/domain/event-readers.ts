import {
  ReaderStoreAway,
  type EventReader,
  type FormerReader,
  type ReaderAnswer,
  type ReaderClaims,
  type ReaderPlace,
} from './reader-claims.js';

/** Who has taken the place of another. */
export interface NewerReader {
  readonly name: string;
  readonly epoch: bigint;
}

/** Other gateways. */
export interface ReaderPeers {
  /** Never rejects: a gateway that does not answer is dead, or learns it when it next says that its reader reads. */
  endReader(former: FormerReader, newer: NewerReader): Promise<void>;
}

interface EventReadersOptions {
  readonly gatewayId: string;
  readonly claims: ReaderClaims;
  readonly peers: ReaderPeers;
}

interface OpenReader {
  readonly place: ReaderPlace;
  readonly reader: EventReader;
  /** Nobody is named when all that is known is that the place is lost. */
  readonly onStolen: (newer: NewerReader | undefined) => void;
}

/** Of one hub at this gateway: as many as its partitions, groups and the readers that may share them come to, in part. */
export const readersPerHubMax = 1_000;

/** Closed readers that the store may not know to be closed: above so many no other is opened. */
export const unreleasedMax = 10_000;

/** Calls that are under way at once. */
const keptAtOnce = 100;

/** The readers of partitions that this gateway serves, and their places among those of all gateways. */
export class EventReaders {
  readonly #open = new Map<string, OpenReader>();
  readonly #byHub = new Map<string, number>();
  /** Readers that are closed, which the store may not know yet. */
  readonly #unreleased = new Map<string, ReaderPlace>();

  constructor(private readonly options: EventReadersOptions) {}

  get count(): number {
    return this.#open.size;
  }

  /** Whether the hub has so many readers here that it gets no more. */
  isFullFor(hub: string): boolean {
    return (this.#byHub.get(hub) ?? 0) >= readersPerHubMax;
  }

  /** @throws when the store of claims does not answer */
  async open(opening: OpenReader): Promise<ReaderAnswer> {
    const { place, reader } = opening;
    const { claims, peers, gatewayId } = this.options;
    if (this.#unreleased.size >= unreleasedMax) {
      throw new ReaderStoreAway();
    }
    // Before the claim: another may take the place before its answer is here.
    this.#add(opening);
    try {
      const answer = await claims.claim(place, reader);
      if (answer.kind !== 'taken') {
        this.#remove(reader.id);
        return answer;
      }
      if (!this.#open.has(reader.id)) {
        // It was closed meanwhile, and its release may have come before the claim.
        this.#unreleased.set(reader.id, place);
        void this.#release(reader.id, place).catch(() => undefined);
      }
      const newer = { name: reader.name, epoch: reader.epoch ?? 0n };
      for (const former of answer.former) {
        if (former.gatewayId === gatewayId) {
          this.end(former.id, newer);
        } else {
          void peers.endReader(former, newer);
        }
      }
      return answer;
    } catch (error) {
      if (error instanceof ReaderStoreAway) {
        this.#remove(reader.id);
      } else {
        // It may be carried out yet.
        this.close(opening);
      }
      throw error;
    }
  }

  close({ place, reader: { id } }: Pick<OpenReader, 'place' | 'reader'>): void {
    if (this.#remove(id) !== undefined) {
      this.#unreleased.set(id, place);
      void this.#release(id, place).catch(() => undefined);
    }
  }

  /** Another has its place. @returns false when there is no such reader */
  end(readerId: string, newer: NewerReader | undefined): boolean {
    const found = this.#remove(readerId);
    found?.onStolen(newer);
    return found !== undefined;
  }

  /**
   * Says of all readers that they still read, and again of those that are closed that they do not.
   *
   * @throws when the store of claims does not answer: readers go on
   */
  async keep(): Promise<void> {
    for (const some of inParts([...this.#unreleased])) {
      await Promise.all(some.map(([id, place]) => this.#release(id, place)));
    }
    for (const some of inParts([...this.#open.values()])) {
      await Promise.all(some.map((open) => this.#keepOne(open)));
    }
  }

  #add(opening: OpenReader): void {
    const { hub } = opening.place;
    this.#open.set(opening.reader.id, opening);
    this.#byHub.set(hub, (this.#byHub.get(hub) ?? 0) + 1);
  }

  #remove(readerId: string): OpenReader | undefined {
    const found = this.#open.get(readerId);
    if (found !== undefined) {
      const { hub } = found.place;
      const left = (this.#byHub.get(hub) ?? 0) - 1;
      this.#open.delete(readerId);
      if (left > 0) {
        this.#byHub.set(hub, left);
      } else {
        this.#byHub.delete(hub);
      }
    }
    return found;
  }

  async #keepOne({ place, reader }: OpenReader): Promise<void> {
    const isKept = await this.options.claims.keep(place, reader);
    if (!this.#open.has(reader.id)) {
      // It was closed meanwhile, and may have been taken for one that had been forgotten.
      this.#unreleased.set(reader.id, place);
      await this.#release(reader.id, place);
    } else if (!isKept) {
      this.end(reader.id, undefined);
    }
  }

  async #release(id: string, place: ReaderPlace): Promise<void> {
    await this.options.claims.release(place, id);
    this.#unreleased.delete(id);
  }
}

function inParts<T>(all: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < all.length; start += keptAtOnce) {
    parts.push(all.slice(start, start + keptAtOnce));
  }
  return parts;
}
