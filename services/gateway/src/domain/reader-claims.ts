import { HubError, type HubId } from '@linchpin/wire';

/** What readers compete for (amqp.md section 9.5). */
export interface ReaderPlace extends HubId {
  /** As it is stored, so that no letter case makes another of it. */
  readonly consumerGroup: string;
  readonly partition: number;
}

/** A reader of a partition. */
export interface EventReader {
  readonly id: string;
  /** As its client calls it. */
  readonly name: string;
  /** 0 or more; a reader without one shares its place with a few others. */
  readonly epoch: bigint | undefined;
}

/** A reader that lost its place to a newer one. */
export interface FormerReader {
  readonly id: string;
  readonly gatewayId: string;
  /** Undefined when the gateway is not known any more. */
  readonly address: string | undefined;
}

export type ReaderAnswer =
  | { readonly kind: 'taken'; readonly former: readonly FormerReader[] }
  /** Another has an epoch, and the reader a smaller one or none. */
  | { readonly kind: 'epoch-exists'; readonly name: string; readonly epoch: bigint }
  | { readonly kind: 'too-many' };

/** As Azure has it, of readers without epoch of one partition and consumer group. */
export const sharingReadersMax = 5;

/** The store is away and was not asked: nothing of it will be done later. */
export class ReaderStoreAway extends HubError {
  constructor() {
    super('ServiceUnavailable', 'The store of readers is away; try again.');
  }
}

/**
 * Who reads which partition, among all gateways. Readers of gateways that are gone do not count. Each method throws
 * when the store does not answer: what was asked may be done all the same, unless it is `ReaderStoreAway`.
 */
export interface ReaderClaims {
  claim(place: ReaderPlace, reader: EventReader): Promise<ReaderAnswer>;

  /** Says that it still reads. @returns false when it has lost its place */
  keep(place: ReaderPlace, reader: EventReader): Promise<boolean>;

  release(place: ReaderPlace, readerId: string): Promise<void>;
}
