import { randomUUID } from 'node:crypto';
import { accepted, type OutgoingLink } from '@linchpin/amqp';
import type { Room } from '@linchpin/fairness';
import type {
  EventExtent,
  EventPartition,
  EventReading,
  StoredEvent,
} from '../domain/event-log.js';
import { readersPerHubMax, type NewerReader } from '../domain/event-readers.js';
import { sharingReadersMax, type EventReader, type ReaderPlace } from '../domain/reader-claims.js';
import type { EndCause, EventHubAddress } from '@linchpin/wire';
import { DeliveryTags } from './delivery-tags.js';
import {
  EventHubError,
  hubFull,
  placeHeld,
  placeStolen,
  serverBusy,
  tooManyReceivers,
} from './event-hub-error.js';
import { encodeEvent, type LastEnqueued } from './event-message.js';
import { readReceiverTerms, runtimeMetric, type ReceiverTerms } from './event-receiver-terms.js';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

export type PartitionAddress = Extract<EventHubAddress, { readonly kind: 'event-hub-partition' }>;

/** What the reader has, or has asked for. */
interface HeldPlace {
  readonly place: ReaderPlace;
  readonly reader: EventReader;
}

/** What a reader is told of the end of its partition is no older, when it is told. */
const lastEnqueuedAgeMsMax = 1_000;
/** So soon that who reads on is told of it with each event. */
const lookAgainMs = lastEnqueuedAgeMsMax / 2;

/**
 * A reader of one partition (amqp.md section 9.4): as many events as it gives credit for, from where it says. What it
 * answers changes nothing; where it has come to is the reader's own affair.
 */
export class EventReceiver implements ServiceEndpoint {
  readonly #room: Room;
  readonly #tags = new DeliveryTags();
  #held: HeldPlace | undefined;
  #reading: EventReading | undefined;
  #isEnded = false;
  #last: LastEnqueued | undefined;
  #isLooking = false;

  constructor(
    private readonly link: OutgoingLink,
    private readonly address: PartitionAddress,
    private readonly parts: ServiceEndpointParts,
  ) {
    this.#room = parts.services.reading.readAhead.enter(parts.opened.grant.hub);
    void this.#open().catch((error: unknown) => {
      this.#fail(error instanceof EventHubError ? error : serverBusy(error), 'store-failed');
    });
  }

  drained(): void {
    this.#reading?.ask();
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  end(): Promise<void> {
    this.#isEnded = true;
    this.#reading?.close();
    this.#room.leave();
    if (this.#held !== undefined) {
      this.parts.services.reading.readers.close(this.#held);
    }
    return Promise.resolve();
  }

  /** All that may refuse the reader comes before its place, for which others end. */
  async #open(): Promise<void> {
    const { services, opened } = this.parts;
    const { grant } = opened;
    const { eventHubs, log } = services.reading;
    eventHubs.requireEntity(this.address.entity, grant);
    const at = eventHubs.partitionOf(this.address.partition, grant);
    const terms = readReceiverTerms(this.link.attach);
    const consumerGroup = await eventHubs.consumerGroup(this.address.consumerGroup, grant);
    const { first, extent } = await eventHubs.firstOf(terms.position, at, grant);
    if (this.#hasGone()) {
      return;
    }
    const { hub, hubGeneration } = grant;
    await this.#takePlace({ hub, hubGeneration, consumerGroup, partition: at.partition }, terms);
    const reading = await log.read(at, first, {
      room: () => this.#wanted(),
      receive: (event) => {
        this.#send(event, at, terms);
      },
      keep: (bytes) => this.#room.resize(bytes),
      caughtUp: () => {
        this.link.finishDrain();
      },
      gone: () => {
        const text = 'The event hub is deleted.';
        this.#fail(new EventHubError('amqp:not-found', 404, text), 'revoked');
      },
      failed: (error) => {
        this.#fail(serverBusy(error), 'store-failed');
      },
    });
    this.#reading = reading;
    if (this.#hasGone()) {
      reading.close();
      return;
    }
    this.#note(extent);
    this.#accept(terms);
  }

  /** While something was asked for the client may have gone on. */
  #hasGone(): boolean {
    if (!this.#isEnded && !this.link.isPending) {
      this.parts.onDetached();
    }
    return this.#isEnded || !this.link.isPending;
  }

  async #takePlace(place: ReaderPlace, { name, epoch }: ReceiverTerms): Promise<void> {
    const { readers } = this.parts.services.reading;
    if (readers.isFullFor(place.hub)) {
      throw hubFull(readersPerHubMax);
    }
    const reader = { id: randomUUID(), name, epoch };
    const held = { place, reader };
    this.#held = held;
    const answer = await readers.open({
      ...held,
      onStolen: (newer) => {
        this.#lose(reader, newer);
      },
    });
    if (answer.kind === 'epoch-exists') {
      throw placeHeld(reader, answer);
    }
    if (answer.kind === 'too-many') {
      throw tooManyReceivers(sharingReadersMax);
    }
    if (this.#isEnded) {
      readers.close(held);
    }
  }

  #accept({ asksLastEnqueued }: ReceiverTerms): void {
    const { link } = this;
    const handlers = {
      onCredit: () => {
        this.#onCredit();
      },
      onOutcome: (delivery: Parameters<OutgoingLink['settle']>[0]) => {
        link.settle(delivery, accepted);
      },
      onDetached: this.parts.onDetached,
    };
    link.accept(handlers, { offeredCapabilities: asksLastEnqueued ? [runtimeMetric] : [] });
  }

  #onCredit(): void {
    this.#reading?.ask();
    this.#finishDrain();
  }

  /** What is left of the credit when no more may be sent has to wait for nothing. */
  #finishDrain(): void {
    if (this.link.isDraining && this.link.credit === 0) {
      this.link.finishDrain();
    }
  }

  #wanted(): number {
    return this.parts.reads() ? this.link.credit : 0;
  }

  #send(event: StoredEvent, at: EventPartition, { asksLastEnqueued }: ReceiverTerms): void {
    const last = asksLastEnqueued ? this.#lastEnqueued(event, at) : undefined;
    const settled = this.link.attach.senderSettleMode === settledMode;
    this.link.send({ tag: this.#tags.next(), payload: encodeEvent(event, last), settled });
    this.parts.record.messages += 1;
    this.#finishDrain();
  }

  /** As it was found last, unless that is too old or long past; who has caught up sees it himself. */
  #lastEnqueued(event: StoredEvent, at: EventPartition): LastEnqueued | undefined {
    const now = Date.now();
    const end = this.#reading?.endOffset ?? 0;
    if (event.sequenceNumber === end - 1) {
      const { sequenceNumber, enqueuedMs: timeMs } = event;
      this.#last = { sequenceNumber, timeMs, retrievedMs: now };
      return this.#last;
    }
    const last = this.#last;
    const isPast = last === undefined || last.sequenceNumber < event.sequenceNumber;
    const ageMs = now - (last?.retrievedMs ?? 0);
    if (isPast || ageMs > lookAgainMs) {
      void this.#look(at);
    }
    return isPast || ageMs > lastEnqueuedAgeMsMax ? undefined : last;
  }

  async #look(at: EventPartition): Promise<void> {
    if (this.#isLooking) {
      return;
    }
    this.#isLooking = true;
    try {
      this.#note(await this.parts.services.reading.eventHubs.extentOf(at, this.parts.opened.grant));
    } catch {
      // What was found before is told until it is too old.
    } finally {
      this.#isLooking = false;
    }
  }

  #note({ end, lastMs }: EventExtent): void {
    if (lastMs !== undefined) {
      this.#last = { sequenceNumber: end - 1, timeMs: lastMs, retrievedMs: Date.now() };
    }
  }

  #lose(reader: EventReader, newer: NewerReader | undefined): void {
    this.#held = undefined;
    this.#fail(placeStolen(reader, newer), 'takeover');
  }

  #fail(error: EventHubError, cause: EndCause): void {
    if (!this.#isEnded) {
      this.parts.onFailed(error, cause);
    }
  }
}

/** Of a sender that settles everything itself. */
const settledMode = 1;
