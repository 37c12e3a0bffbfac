/** A blob's lines, read piece by piece: one piece and one line are in memory. */
import type { BlobContainer, BlobDescription } from './blob-container.js';

export interface BlobLine {
  /** Undefined when the line is longer than a line may be; empty when it is not wanted. */
  readonly text: string | undefined;
  /** Counted from 1. */
  readonly number: number;
  /** Where the next line begins, in bytes. */
  readonly endOffset: number;
}

export interface BlobLinesOptions {
  readonly container: BlobContainer;
  readonly blobName: string;
  readonly blob: BlobDescription;
  /** Where a line begins. */
  readonly offset: number;
  /** How many lines are before the offset. */
  readonly linesBefore: number;
  readonly isWanted: (text: string) => boolean;
  readonly lineBytesMax: number;
  readonly pieceBytes?: number;
}

const lineFeed = 0x0a;
const byteOrderMark = '\uFEFF';

/**
 * A last line need not end with a line feed; the rest of a line that is too long is passed over.
 * A run of unwanted lines yields one empty line that says where the run ends.
 */
export async function* readBlobLines(options: BlobLinesOptions): AsyncGenerator<BlobLine> {
  const { lineBytesMax, offset, isWanted } = options;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let endOffset = offset;
  let number = options.linesBefore;
  let unwanted: BlobLine | undefined;
  const take = (bytes: Buffer): void => {
    begunBytes += bytes.length;
    if (begunBytes <= lineBytesMax) {
      begun.push(bytes);
    } else {
      begun = [];
    }
  };
  /** Undefined when the line is not wanted. */
  const finish = (): BlobLine | undefined => {
    const isWhole = begunBytes <= lineBytesMax;
    const text = isWhole ? toText(begun, endOffset === 0) : undefined;
    endOffset += begunBytes + 1;
    number += 1;
    begun = [];
    begunBytes = 0;
    const isUnwanted = text !== undefined && !isWanted(text);
    unwanted = isUnwanted ? { text: '', number, endOffset } : undefined;
    return isUnwanted ? undefined : { text, number, endOffset };
  };
  for await (const piece of readPieces(options)) {
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      // There may be millions of empty ones.
      if (end > start) {
        take(piece.subarray(start, end));
      }
      const line = finish();
      if (line !== undefined) {
        yield line;
      }
      start = end + 1;
    }
    take(piece.subarray(start));
    if (unwanted !== undefined) {
      yield unwanted;
      unwanted = undefined;
    }
  }
  const last = begunBytes > 0 ? (finish() ?? unwanted) : undefined;
  if (last !== undefined) {
    yield last;
  }
}

async function* readPieces(options: BlobLinesOptions): AsyncGenerator<Buffer> {
  const { container, blobName, blob, pieceBytes = 4 * 1024 * 1024 } = options;
  for (let { offset } = options; offset < blob.size; offset += pieceBytes) {
    const length = Math.min(pieceBytes, blob.size - offset);
    yield await container.readRange(blobName, { offset, length, etag: blob.etag });
  }
}

/** A line feed may stand behind a carriage return, and a byte order mark before the first line. */
function toText(parts: readonly Buffer[], isFirst: boolean): string {
  const [only] = parts;
  if (only === undefined) {
    return '';
  }
  // Most lines lie within a piece.
  const bytes = parts.length === 1 ? only : Buffer.concat(parts);
  const text = bytes.toString().replace(/\r$/, '');
  return isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}
