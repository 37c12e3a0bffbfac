/** A blob's lines, read piece by piece: one piece and one line are in memory. */
import type { BlobContainer, BlobDescription } from './blob-container.js';

export interface BlobLine {
  /** Undefined when the line is longer than a line may be. */
  readonly text: string | undefined;
  /** Where the next line begins, in bytes. */
  readonly endOffset: number;
}

export interface BlobLinesOptions {
  readonly container: BlobContainer;
  readonly blobName: string;
  readonly blob: BlobDescription;
  /** Where a line begins. */
  readonly offset: number;
  readonly lineBytesMax: number;
  readonly pieceBytes?: number;
}

const lineFeed = 0x0a;
const byteOrderMark = '\uFEFF';

/** A last line need not end with a line feed; the rest of a line that is too long is passed over. */
export async function* readBlobLines(options: BlobLinesOptions): AsyncGenerator<BlobLine> {
  const { lineBytesMax, offset } = options;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let endOffset = offset;
  const take = (bytes: Buffer): void => {
    begunBytes += bytes.length;
    if (begunBytes <= lineBytesMax) {
      begun.push(bytes);
    } else {
      begun = [];
    }
  };
  const finish = (): BlobLine => {
    const isWhole = begunBytes <= lineBytesMax;
    const text = isWhole ? toText(begun, endOffset === 0) : undefined;
    endOffset += begunBytes + 1;
    begun = [];
    begunBytes = 0;
    return { text, endOffset };
  };
  for await (const piece of readPieces(options)) {
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      take(piece.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    take(piece.subarray(start));
  }
  if (begunBytes > 0) {
    yield finish();
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
  // Most lines lie within a piece.
  const bytes = only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
  const text = bytes.toString().replace(/\r$/, '');
  return isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}
