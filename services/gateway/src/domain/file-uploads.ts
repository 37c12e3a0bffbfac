import type { DeviceSession } from './device-session.js';

/** Where a device may upload one file to. */
export interface UploadGrant {
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  /** With the device's folder. */
  readonly blobName: string;
  /** A query with its question mark; a secret. */
  readonly sasToken: string;
}

/** What a device says of an upload that is over. */
export interface UploadCompletion {
  readonly correlationId: string;
  readonly isSuccess: boolean;
}

/** Files that devices upload to a store of their hub's (device-https.md section 6). */
export interface FileUploads {
  /**
   * @param blobName within the device's own folder
   * @throws HubError DefaultStorageEndpointNotConfigured, DeviceMaximumActiveFileUploadLimitExceeded and others
   */
  start(session: DeviceSession, blobName: string): Promise<UploadGrant>;

  /** @throws HubError InvalidFileUploadCorrelationId, ExpiredFileUploadCorrelationId and others */
  complete(session: DeviceSession, completion: UploadCompletion): Promise<void>;
}
