import type { MessageProperty } from '@linchpin/wire';

/** A partition of a hub's built-in endpoint. */
export interface EventPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What was stored, as readers get it. */
export interface StoredEvent {
  readonly sequenceNumber: number;
  readonly enqueuedMs: number;
  readonly body: Buffer;
  /** The hub's, then the message's, under their documented names. */
  readonly properties: readonly MessageProperty[];
}

/** What a partition holds at the moment. */
export interface EventExtent {
  /** Of the oldest event, or of the next that is stored. */
  readonly begin: number;
  /** Of the next that is stored. */
  readonly end: number;
  /** When the newest was stored; undefined when there is none. */
  readonly lastMs: number | undefined;
}

/** Who reads events. */
export interface EventReadingHandlers {
  /** How many events are wanted now. */
  readonly room: () => number;
  readonly receive: (event: StoredEvent) => void;
  /** Whether so many bytes may be kept until they are wanted; 0 gives back what was kept before. */
  readonly keep: (bytes: number) => boolean;
  /** All that is stored at the moment was received. */
  readonly caughtUp: () => void;
  /** The partition is gone. */
  readonly gone: () => void;
  /** What is stored cannot be read: there is nothing more to come. */
  readonly failed: (error: unknown) => void;
}

/** One reader's way through a partition. */
export interface EventReading {
  /** Sequence number that the next event has at least, as far as is known. */
  readonly endOffset: number;
  /** There may be room. */
  ask(): void;
  close(): void;
}

/** Where telemetry is read. Each method rejects when the log does not answer. */
export interface EventLog {
  extentOf(place: EventPartition): Promise<EventExtent>;

  /** Sequence number of the first event that was stored at the time or later; that of the next when there is none. */
  firstSince(place: EventPartition, timeMs: number): Promise<number>;

  /** @param first sequence number of the first event; the oldest is read when that one is gone */
  read(place: EventPartition, first: number, handlers: EventReadingHandlers): Promise<EventReading>;
}
