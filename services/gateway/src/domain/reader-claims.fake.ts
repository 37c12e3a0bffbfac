import {
  sharingReadersMax,
  type EventReader,
  type ReaderAnswer,
  type ReaderClaims,
  type ReaderPlace,
} from './reader-claims.js';

/** Of all gateways. */
export class FakeReaderStore {
  readonly #places = new Map<string, { readonly gatewayId: string; reader: EventReader }[]>();
  readonly #gateways = new Set<string>();
  #mayClaim: Promise<void> = Promise.resolve();
  /** What each call fails with, when there is one. */
  failure: Error | undefined;
  /** Readers, each time that one gave its place back. */
  readonly released: string[] = [];

  /** Claims wait, though what comes later is done. @returns lets them go on */
  holdClaims(): () => void {
    let goOn = (): void => undefined;
    this.#mayClaim = new Promise((resolve) => {
      goOn = resolve;
    });
    return goOn;
  }

  gateway(gatewayId: string): ReaderClaims {
    this.#gateways.add(gatewayId);
    return {
      claim: async (place, reader) => {
        await this.#mayClaim;
        return this.#answer(() => this.#claim(gatewayId, place, reader));
      },
      keep: (place, reader) =>
        this.#answer(() => this.#has(place, reader.id) || this.#takeBack(gatewayId, place, reader)),
      release: (place, readerId) =>
        this.#answer(() => {
          this.released.push(readerId);
          this.#set(
            place,
            this.#at(place).filter(({ reader }) => reader.id !== readerId),
          );
        }),
    };
  }

  lose(gatewayId: string): void {
    this.#gateways.delete(gatewayId);
  }

  forget(place: ReaderPlace): void {
    this.#set(place, []);
  }

  #answer<T>(work: () => T): Promise<T> {
    return this.failure === undefined ? Promise.resolve(work()) : Promise.reject(this.failure);
  }

  #claim(gatewayId: string, place: ReaderPlace, reader: EventReader): ReaderAnswer {
    const others = this.#at(place).filter((other) => other.reader.id !== reader.id);
    const holder = others.find(({ reader: { epoch } }) => epoch !== undefined)?.reader;
    const { epoch } = reader;
    if (holder?.epoch !== undefined && (epoch === undefined || holder.epoch > epoch)) {
      return { kind: 'epoch-exists', name: holder.name, epoch: holder.epoch };
    }
    if (epoch === undefined) {
      if (others.length >= sharingReadersMax) {
        return { kind: 'too-many' };
      }
      this.#set(place, [...others, { gatewayId, reader }]);
      return { kind: 'taken', former: [] };
    }
    this.#set(place, [{ gatewayId, reader }]);
    const former = others.map((other) => ({
      id: other.reader.id,
      gatewayId: other.gatewayId,
      address: `${other.gatewayId}:7400`,
    }));
    return { kind: 'taken', former };
  }

  #takeBack(gatewayId: string, place: ReaderPlace, reader: EventReader): boolean {
    const others = this.#at(place);
    const isFree = others.every(
      (other) => other.reader.epoch === undefined && reader.epoch === undefined,
    );
    if (isFree) {
      this.#set(place, [...others, { gatewayId, reader }]);
    }
    return isFree;
  }

  #has(place: ReaderPlace, readerId: string): boolean {
    return this.#at(place).some(({ reader }) => reader.id === readerId);
  }

  #at(place: ReaderPlace) {
    const found = this.#places.get(keyOf(place)) ?? [];
    return found.filter(({ gatewayId }) => this.#gateways.has(gatewayId));
  }

  #set(
    place: ReaderPlace,
    readers: { readonly gatewayId: string; readonly reader: EventReader }[],
  ): void {
    this.#places.set(keyOf(place), readers);
  }
}

function keyOf(place: ReaderPlace): string {
  return JSON.stringify(Object.entries(place).sort()).toLowerCase();
}
