import type { HubId } from '@linchpin/wire';

/** What a back end receives and has a lock on. */
export interface ServiceboundMessage {
  /** 16 bytes. */
  readonly lockToken: Uint8Array;
}

export type ServiceboundOutcome = 'complete' | 'abandon';

/** What waits for back ends of a hub below `/messages/serviceBound`, each for one of them. */
export interface ServiceboundQueue<Message extends ServiceboundMessage> {
  /** Locks the oldest; undefined when none is due. */
  receive(hub: HubId): Promise<Message | undefined>;
  /** @throws HubError DeviceMessageLockLost when its lock is over */
  settle(hub: HubId, lockToken: Uint8Array, outcome: ServiceboundOutcome): Promise<void>;
}
