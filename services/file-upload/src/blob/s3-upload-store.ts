/** A bucket of a store of S3's kind, by its path: `https://host/bucket/key`. */
import { HubError } from '@linchpin/wire';
import type { FoundBlob, UploadGrant, UploadStore } from '../domain/upload-store.js';
import type { BlobRequests } from './blob-requests.js';
import type { ContainerUri } from './container-uri.js';
import { encodePath } from './encode-path.js';
import { presignS3, type S3Credentials, type S3Request } from './s3-signature.js';
import { findBlob, questionTtlSeconds } from './stored-blobs.js';
import { partsOf } from './upload-place.js';

interface S3UploadStoreParts {
  readonly bucket: ContainerUri;
  readonly credentials: S3Credentials;
  readonly requests: BlobRequests;
  readonly now: () => Date;
}

/** S3's own: in UTF-8. */
const keyBytesMax = 1_024;

export class S3UploadStore implements UploadStore {
  constructor(private readonly parts: S3UploadStoreParts) {}

  uriOf(blobName: string): string {
    return `${this.parts.bucket.name}/${encodePath(blobName)}`;
  }

  /** One PUT of the whole blob: S3 signs each request on its own. */
  grant(blobName: string, ttlSeconds: number): Promise<UploadGrant> {
    if (Buffer.byteLength(blobName) > keyBytesMax) {
      const message = `The name of the blob has more than ${keyBytesMax} bytes in UTF-8.`;
      return Promise.reject(new HubError('ArgumentInvalid', message));
    }
    const sasToken = `?${this.#sign('PUT', blobName, ttlSeconds)}`;
    return Promise.resolve({ ...partsOf(this.parts.bucket), sasToken });
  }

  find(blobName: string): Promise<FoundBlob | undefined> {
    const { bucket, requests } = this.parts;
    const query = this.#sign('HEAD', blobName, questionTtlSeconds);
    return findBlob(requests, { place: { ...bucket, query }, blobName });
  }

  #sign(method: S3Request['method'], blobName: string, ttlSeconds: number): string {
    const { bucket, credentials, now } = this.parts;
    const { host } = new URL(bucket.name);
    const path = `${bucket.path}/${encodePath(blobName)}`;
    return presignS3({ method, host, path, time: now(), ttlSeconds }, credentials);
  }
}
