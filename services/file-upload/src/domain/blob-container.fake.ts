import type { BlobContainer, BlobDescription, BlobRange } from './blob-container.js';

/** One that holds its blobs in memory, as the real ones do where they are. */
export class InMemoryBlobContainer implements BlobContainer {
  readonly blobs = new Map<string, Buffer>();
  readonly #staged = new Map<string, Buffer>();

  describe(blobName: string): Promise<BlobDescription> {
    return Promise.resolve({ size: this.#get(blobName).length, etag: '"1"' });
  }

  readRange(blobName: string, { offset, length }: BlobRange): Promise<Buffer> {
    return Promise.resolve(this.#get(blobName).subarray(offset, offset + length));
  }

  stageBlock(blobName: string, blockId: string, bytes: Buffer): Promise<void> {
    this.#staged.set(`${blobName}/${blockId}`, Buffer.from(bytes));
    return Promise.resolve();
  }

  commitBlocks(blobName: string, blockIds: readonly string[]): Promise<void> {
    const blocks = blockIds.map((id) => this.#staged.get(`${blobName}/${id}`) ?? Buffer.alloc(0));
    this.blobs.set(blobName, Buffer.concat(blocks));
    return Promise.resolve();
  }

  #get(blobName: string): Buffer {
    return this.blobs.get(blobName) ?? Buffer.alloc(0);
  }
}
