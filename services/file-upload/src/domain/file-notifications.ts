import type { HubId } from '@linchpin/wire';
import type { FoundBlob } from './upload-store.js';

export interface FileNotification extends FoundBlob {
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  /** How often it was given back. */
  readonly deliveryCount: number;
  readonly deviceId: string;
  readonly blobUri: string;
  readonly blobName: string;
}

/** What back ends of hubs are told of uploads (amqp.md section 8.3), each by one of them. */
export interface FileNotifications {
  /** Locks the oldest that nobody has. */
  receive(hub: HubId): Promise<FileNotification | undefined>;

  /** Of those that somebody has, so long it takes until the first waits again; undefined without one. */
  nextDueMs(hub: HubId): Promise<number | undefined>;

  /** False without the lock; so `abandon`. */
  complete(hub: HubId, lockToken: Buffer): Promise<boolean>;

  /** After as many times as the hub's owner allows it is dropped. */
  abandon(hub: HubId, lockToken: Buffer): Promise<AbandonResult>;

  /** Those whose time is over, unless somebody has them. @returns how many: some at a time */
  expireSome(): Promise<number>;
}

export type AbandonResult = 'lock-lost' | 'abandoned' | 'dropped';
