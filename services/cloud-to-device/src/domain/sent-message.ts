import type { Acknowledgement } from '@linchpin/wire';

/** A message as its sender gave it. */
export interface SentMessage {
  /** What feedback calls it; empty when there is none. */
  readonly messageId: string;
  readonly ack: Acknowledgement;
  /** Undefined: as the hub's owner has chosen. */
  readonly expiryTime?: Date | undefined;
  /** Only the sender and the device read it. */
  readonly content: Buffer;
}
