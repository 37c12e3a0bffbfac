import type { HubId } from '@linchpin/wire';
import type { CloudToDeviceSettings, Recipient } from './recipient.js';
import type { SentMessage } from './sent-message.js';

export interface NewMessage extends Omit<SentMessage, 'expiryTime'> {
  readonly expiryTime: Date;
}

export interface LockRequest {
  readonly recipient: Recipient;
  /** Undefined for a receiver without a connection. */
  readonly connection: ReceivingConnection | undefined;
  readonly limit: number;
  readonly lockSeconds: number;
  /**
   * When the device subscribed anew, by `performance.now()`: what is older is purged first, where the hub's owner has
   * chosen it.
   */
  readonly subscribedMs: number | undefined;
  /** Aborts when nobody waits for the answer any more: nothing is then locked. */
  readonly caller: AbortSignal;
}

export interface ReceivingConnection {
  /** Of the connections of one identity the greatest, compared as text, is the newest. */
  readonly sequence: string;
  /** Of its calls that lock or release the later has the greater: one that comes late undoes nothing of a later one. */
  readonly callNumber: bigint;
  /** What it has and has not settled; it is not given that twice, and was not given what else is locked for it. */
  readonly heldLockTokens: readonly Buffer[];
}

export interface LockedMessages {
  /** In the order in which they were sent. */
  readonly messages: readonly LockedMessage[];
  /** Others may wait, or somebody had some at that moment. */
  readonly moreWait: boolean;
}

export interface LockedMessage {
  /** 16 bytes. */
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  readonly deliveryCount: number;
  readonly expiryTime: Date;
  readonly content: Buffer;
}

export interface Settlement {
  readonly lockToken: Buffer;
  readonly outcome: 'complete' | 'reject' | 'abandon';
}

export interface Release {
  readonly connectionSequence: string;
  /** As `ReceivingConnection` has it. */
  readonly callNumber: bigint;
  /** Of what the connection has, what was delivered once more. */
  readonly countedLockTokens: readonly Buffer[];
  /** Of what the connection has, what it keeps. */
  readonly keptLockTokens: readonly Buffer[];
}

export interface WaitingQueue {
  readonly queueId: string;
  readonly recipient: Recipient;
}

/** What the queues of a process tell of. */
export interface MessageEvents {
  settled(outcome: Settlement['outcome']): void;
  expired(messages: number): void;
  purged(messages: number): void;
}

/**
 * The messages that wait for each identity, in the order in which they were accepted. Every end of one is noted for
 * its sender in the same step, if he asked for it.
 */
export interface MessageQueue {
  /**
   * @returns false when as many wait already as may
   * @throws HubError `IotHubNotFound` when the hub is being deleted; `DeviceNotFound`, `ModuleNotFound` when the
   *   recipient was deleted since it was looked for; `ServiceUnavailable` when the message may be stored all the same
   */
  add(recipient: Recipient, message: NewMessage, settings: CloudToDeviceSettings): Promise<boolean>;

  /**
   * The oldest that nobody has; a connection takes over what earlier ones of its identity have, and what was locked
   * for itself without its knowing.
   */
  lock(request: LockRequest): Promise<LockedMessages>;

  /**
   * @param keepsMessages locks whose time is over count while nobody else has the message
   * @returns one for each settlement: false where the lock was lost
   */
  settle(
    recipient: Recipient,
    settlements: readonly Settlement[],
    keepsMessages: boolean,
  ): Promise<readonly boolean[]>;

  /** What a connection has waits again. */
  release(recipient: Recipient, release: Release): Promise<void>;

  /** Ends all that wait, locked or not. @returns how many */
  purge(recipient: Recipient): Promise<number>;

  /** One for each recipient; locked ones count. */
  count(
    hub: HubId,
    recipients: readonly Omit<Recipient, keyof HubId>[],
  ): Promise<readonly number[]>;

  /** Ends some whose time is over. @returns whether there may be more */
  expireSome(): Promise<boolean>;

  /** Queues of which nobody has some, by rising ids; an empty page is the last. */
  listWaiting(afterQueueId: string): Promise<readonly WaitingQueue[]>;
}
