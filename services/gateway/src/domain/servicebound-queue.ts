import type { HubId } from '@linchpin/wire';

/** What a back end receives and has a lock on. */
export interface ServiceboundMessage {
  /** 16 bytes. */
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  /** How often it was given back. */
  readonly deliveryCount: number;
}

export interface ReceivedServicebound<Message extends ServiceboundMessage> {
  /** Undefined when none is due. */
  readonly message: Message | undefined;
  /** With none due: how long it takes until the first is; undefined when nothing waits. */
  readonly nextDueMs: number | undefined;
}

export type ServiceboundOutcome = 'complete' | 'abandon';

/**
 * What waits for back ends of a hub below `/messages/serviceBound`, each for one of them (amqp.md sections 8.2 and 8.3).
 * Every method throws HubError.
 */
export interface ServiceboundQueue<Message extends ServiceboundMessage> {
  /** Locks the oldest that is due. */
  receive(hub: HubId): Promise<ReceivedServicebound<Message>>;
  /** @throws HubError DeviceMessageLockLost when its lock is over */
  settle(hub: HubId, lockToken: Buffer, outcome: ServiceboundOutcome): Promise<void>;
}
