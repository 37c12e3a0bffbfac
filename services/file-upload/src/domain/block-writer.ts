/**
 * A blob that is written from its beginning to its end and appears when it is complete. What waits in
 * memory is one block.
 */
import type { BlobContainer } from './blob-container.js';

interface BlockWriterOptions {
  readonly container: BlobContainer;
  readonly blobName: string;
  /** Not that of anybody else who may write the blob at the same time. */
  readonly blockPrefix: string;
  /** Blocks that the store holds under the prefix. */
  readonly stagedBlocks?: number;
  /** Blocks that come before these. */
  readonly before?: readonly string[];
}

const blockBytes = 4 * 1024 * 1024;

const encoder = new TextEncoder();

export class BlockWriter {
  /** The same bytes for each block: texts that wait for theirs would outlive many a garbage collection. */
  #block: Buffer | undefined;
  #length = 0;
  #stagedBlocks: number;

  constructor(private readonly options: BlockWriterOptions) {
    this.#stagedBlocks = options.stagedBlocks ?? 0;
  }

  get stagedBlocks(): number {
    return this.#stagedBlocks;
  }

  /** Whether nothing would be lost with this process. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** A text may end in another block than it begins in. */
  async write(text: string): Promise<void> {
    this.#block ??= Buffer.allocUnsafe(blockBytes);
    for (let rest = text; rest !== '';) {
      const { read, written } = encoder.encodeInto(rest, this.#block.subarray(this.#length));
      this.#length += written;
      rest = rest.slice(read);
      if (rest !== '' || this.#length === blockBytes) {
        await this.stage();
      }
    }
  }

  /** Hands what waits to the store. */
  async stage(): Promise<void> {
    if (this.#block === undefined || this.isEmpty) {
      return;
    }
    const { container, blobName, blockPrefix } = this.options;
    const bytes = this.#block.subarray(0, this.#length);
    await container.stageBlock(blobName, blockId(blockPrefix, this.#stagedBlocks), bytes);
    this.#length = 0;
    this.#stagedBlocks += 1;
  }

  async commit(): Promise<void> {
    await this.stage();
    const { container, blobName } = this.options;
    const { blockPrefix, before = [] } = this.options;
    const own = blockIds(blockPrefix, this.#stagedBlocks);
    await container.commitBlocks(blobName, [...before, ...own]);
  }
}

/** @param attempt from 1 on; 0 for a look whether the container can be written to */
export function blockPrefix(jobId: string, attempt: number): string {
  return `${jobId}-${String(attempt).padStart(3, '0')}`;
}

export function blockIds(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => blockId(prefix, index));
}

/** All ids of a blob must have one length. */
function blockId(prefix: string, index: number): string {
  return Buffer.from(`${prefix}-${String(index).padStart(6, '0')}`).toString('base64');
}
