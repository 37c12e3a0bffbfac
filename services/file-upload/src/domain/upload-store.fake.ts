import type { UploadStorage } from './device-upload.js';
import type { FoundBlob, UploadGrant, UploadStore, UploadStores } from './upload-store.js';

/** Stores that hold their blobs in memory; whoever has a grant writes into `blobs`, under the blob's URI. */
export class InMemoryUploadStores implements UploadStores {
  readonly blobs = new Map<string, FoundBlob>();

  open({ containerName }: UploadStorage): UploadStore {
    const uriOf = (blobName: string): string =>
      `https://store.example/${containerName}/${blobName}`;
    const grant: UploadGrant = {
      hostName: 'store.example',
      containerName,
      sasToken: '?sig=secret',
    };
    return {
      uriOf,
      grant: () => Promise.resolve(grant),
      find: (blobName) => Promise.resolve(this.blobs.get(uriOf(blobName))),
    };
  }
}
