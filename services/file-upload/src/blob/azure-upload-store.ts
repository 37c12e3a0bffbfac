/** A container of Azure Storage, or of what speaks its protocol. */
import type { FoundBlob, UploadGrant, UploadStore } from '../domain/upload-store.js';
import type { BlobRequests } from './blob-requests.js';
import { signatureVersion, type BlobSignatureTerms } from './blob-signature.js';
import type { ContainerUri } from './container-uri.js';
import { encodePath } from './encode-path.js';
import { findBlob, questionTtlSeconds } from './stored-blobs.js';
import { partsOf } from './upload-place.js';

interface AzureUploadStoreParts {
  readonly account: string;
  readonly container: ContainerUri;
  /** By the account's key, or by that of an identity. @returns the query of a URI */
  readonly sign: (terms: BlobSignatureTerms) => Promise<string>;
  readonly requests: BlobRequests;
  readonly now: () => Date;
}

export class AzureUploadStore implements UploadStore {
  constructor(private readonly parts: AzureUploadStoreParts) {}

  uriOf(blobName: string): string {
    return `${this.parts.container.name}/${encodePath(blobName)}`;
  }

  /** Create and write: by Put Blob, or by Put Block and Put Block List. */
  async grant(blobName: string, ttlSeconds: number): Promise<UploadGrant> {
    const sasToken = `?${await this.#sign(blobName, 'cw', ttlSeconds)}`;
    return { ...partsOf(this.parts.container), sasToken };
  }

  async find(blobName: string): Promise<FoundBlob | undefined> {
    const { container, requests } = this.parts;
    const query = await this.#sign(blobName, 'r', questionTtlSeconds);
    return findBlob(requests, {
      place: { ...container, query },
      blobName,
      headers: { 'x-ms-version': signatureVersion },
    });
  }

  #sign(
    blobName: string,
    permissions: BlobSignatureTerms['permissions'],
    ttlSeconds: number,
  ): Promise<string> {
    const { account, container, sign, now } = this.parts;
    const expiryTime = new Date(now().getTime() + ttlSeconds * 1_000);
    const { containerName } = partsOf(container);
    return sign({ account, container: containerName, blobName, permissions, expiryTime });
  }
}
