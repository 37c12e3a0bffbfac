import type { DeviceboundProperties } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';

/** Who receives the messages of an identity. */
export interface MessageReceiver {
  readonly session: DeviceSession;
  /** Undefined for one that asks for each message by itself (HTTPS). */
  readonly connection: ReceivingConnection | undefined;
}

/** One of the identity's connections. */
export interface ReceivingConnection {
  /** As `PresenceGrant` has it. */
  readonly sequence: string;
  /** It may settle what it was given for as long as it lives. */
  readonly keepsMessages: boolean;
}

export interface ConnectedReceiver extends MessageReceiver {
  readonly connection: ReceivingConnection;
}

/** A cloud-to-device message that nobody else is given for now. */
export interface LockedMessage {
  /** New for each lock; 16 bytes. */
  readonly lockToken: Buffer;
  /** Rises with each message. */
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  /** How often it was given back. */
  readonly deliveryCount: number;
  /** Not delivered from then on; undefined: without end. */
  readonly expiresAt: Date | undefined;
  readonly properties: DeviceboundProperties & {
    /** As its sender gave it. */
    readonly to?: string | undefined;
  };
  readonly body: Buffer;
}

export interface LockWish {
  readonly limit: number;
  /**
   * Lock tokens of what the connection has and has not settled, 50 at most: it is not given that twice. What else is
   * locked for it, as by a call whose answer was lost, it is given.
   */
  readonly held: readonly Buffer[];
  /** When the device subscribed anew, by `performance.now()`, if it did: hubs that purge begin with what is older. */
  readonly subscribedMs: number | undefined;
  /** Undefined: as long as Azure locks. */
  readonly lockSeconds?: number;
}

export interface LockedMessages {
  /** In the order of the queue; none beyond the limit. */
  readonly messages: readonly LockedMessage[];
  /** More may wait, or somebody had some at that moment. */
  readonly moreWait: boolean;
}

/** `abandon`: it waits again, and was delivered once more. `reject`: no device will ever take it. */
export const settlementOutcomes = ['complete', 'reject', 'abandon'] as const;
export type SettlementOutcome = (typeof settlementOutcomes)[number];

export interface Settlement {
  readonly lockToken: Buffer;
  readonly outcome: SettlementOutcome;
}

export interface Release {
  /** Lock tokens of what was delivered once more; 50 at most, as of `kept`. */
  readonly counted: readonly Buffer[];
  /** Lock tokens of what is not released. */
  readonly kept: readonly Buffer[];
}

/**
 * The queues of cloud-to-device messages, as their devices see them (device-mqtt.md section 7). Of one connection's
 * calls, one that is carried out late, when nobody waits for it any more, undoes nothing of a later one.
 */
export interface DeviceMessages {
  /**
   * The oldest that wait, those of an earlier connection of the identity among them.
   *
   * @throws HubError `ServiceUnavailable` and the like; some may be locked all the same
   */
  lock(receiver: MessageReceiver, wish: LockWish): Promise<LockedMessages>;

  /**
   * @param settlements 1 to 50
   * @returns for each whether it counts: whoever has lost the lock changes nothing
   * @throws HubError as `lock`
   */
  settle(
    receiver: MessageReceiver,
    settlements: readonly Settlement[],
  ): Promise<readonly boolean[]>;

  /**
   * What the connection has locked waits again, before what is newer.
   *
   * @throws HubError as `lock`
   */
  release(receiver: ConnectedReceiver, release: Release): Promise<void>;
}
