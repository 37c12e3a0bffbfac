/** Where devices of a hub upload to: a container of a blob store, which its owner has named. */
import type { UploadStorage } from './device-upload.js';

export interface UploadStore {
  /** The blob's URI, without a signature. */
  uriOf(blobName: string): string;

  /**
   * Lets whoever has it write this blob, and do nothing else, for so long.
   *
   * @throws HubError ArgumentInvalid for a name that the store cannot have, InvalidStorageEndpointOrBlob when the
   *   store refuses, ServiceUnavailable when it does not answer
   */
  grant(blobName: string, ttlSeconds: number): Promise<UploadGrant>;

  /** @throws HubError as `grant` */
  find(blobName: string): Promise<FoundBlob | undefined>;
}

export interface UploadStores {
  /** @throws HubError InvalidStorageEndpoint when it is named in a way that cannot be used here */
  open(storage: UploadStorage): UploadStore;
}

/** The parts of which clients make `https://{hostName}/{containerName}/{blobName}{sasToken}`. */
export interface UploadGrant {
  readonly hostName: string;
  readonly containerName: string;
  /** With its question mark: a secret. */
  readonly sasToken: string;
}

export interface FoundBlob {
  readonly sizeBytes: number;
  readonly lastUpdatedTime: Date;
}
