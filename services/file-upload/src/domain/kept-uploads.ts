import type { HubId } from '@linchpin/wire';
import type { DeviceUpload, NewUpload, UploadEnd, UploadingDevice } from './device-upload.js';

/** The uploads that were granted, and what became of them. */
export interface KeptUploads {
  /** False when so many of the device's are under way: neither completed nor expired. */
  add(upload: NewUpload, activeMax: number): Promise<boolean>;

  /** Undefined when the device has none such, or had it too long ago. */
  find(device: UploadingDevice, correlationId: string): Promise<DeviceUpload | undefined>;

  /**
   * Ends one that is not completed, and enqueues its notification in the same step: who was found in time may have waited
   * for its store while its grant expired.
   */
  end(device: UploadingDevice, correlationId: string, end: UploadEnd): Promise<EndedUpload>;

  /** Those whose grant has expired stop being open. @returns how many: some at a time */
  expireSome(): Promise<number>;

  /** Those that have been over for long. @returns whether there may be more */
  removeSomeOld(): Promise<boolean>;

  /** Those of which anything is kept: some at a time, in the order of their generations. */
  listHubs(afterGeneration: string, limit: number): Promise<readonly HubId[]>;

  /** All of the hub, its notifications too. @returns whether there may be more */
  removeSomeOf(hub: HubId): Promise<boolean>;
}

export interface EndedUpload {
  /** False when it was completed before: nothing has happened then. */
  readonly hasEnded: boolean;
  /** The oldest notifications of the hub, which made room. */
  readonly droppedNotifications: number;
}
