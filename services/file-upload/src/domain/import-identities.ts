/** The work of an import job: every line of a blob that is a row is applied to a hub. */
import { HubError } from '@linchpin/wire';
import type { BlobContainer, BlobDescription } from './blob-container.js';
import { readBlobLines, type BlobLine } from './blob-lines.js';
import { blockIds, blockPrefix, BlockWriter } from './block-writer.js';
import type { ImportCheckpoint } from './identity-job.js';
import { isRow, parseRow, type ImportedRow } from './import-line.js';
import type { InTurn, JobControl } from './job-control.js';
import { untilAnswered, type Patience } from './patience.js';
import { rowsPerCallMax, type RegistryIdentities } from './registry-identities.js';
import {
  formatRowError,
  isRowError,
  longLine,
  refusedRow,
  twinLeftOut,
  type RowError,
} from './row-error.js';

export const errorLogName = 'importErrors.log';

interface ImportParts {
  readonly jobId: string;
  /** From 1 on. */
  readonly attempt: number;
  readonly hub: string;
  readonly registry: RegistryIdentities;
  readonly inTurn: InTurn;
  readonly input: BlobContainer;
  readonly blobName: string;
  readonly blobBytesMax: number;
  /** Where the errors go. */
  readonly output: BlobContainer;
  readonly checkpoint: ImportCheckpoint | undefined;
  readonly control: JobControl;
  readonly patience: Patience;
  /** With so many bytes of errors an attempt ends, and the job with it: two bytes of a blob can cause 150. */
  readonly errorLogBytesMax: number;
}

export interface ImportCounts {
  readonly lines: number;
  readonly errors: number;
}

/** A whole identity with a twin of 8 KB tags and two times 32 KB properties, and what tells of them. */
const lineBytesMax = 512 * 1024;
/** What a call to the registry may hold is bounded, too. */
const batchBytesMax = 1024 * 1024;
/** So often errors go to the store, so that who takes over repeats no more. */
const batchesPerStage = 10;

/**
 * Rows are applied in their order, some at a time. Who takes the job over goes on behind the last
 * checkpoint: the rows since are applied again, which says of a created identity that it exists.
 */
export async function importIdentities(parts: ImportParts): Promise<ImportCounts> {
  const { input, blobName, control, patience } = parts;
  const blob = await input.describe(blobName);
  requireImportable(blob, parts.blobBytesMax);
  const begin = parts.checkpoint ?? { offset: 0, lines: 0, errorBlocks: [] };
  const errors = openErrorLog(parts, begin.errorBlocks);
  const lines = readBlobLines({
    container: input,
    blobName,
    blob,
    offset: begin.offset,
    linesBefore: begin.lines,
    isWanted: isRow,
    lineBytesMax,
  });
  let counts = { lines: begin.lines, errors: 0 };
  let errorBytes = 0;
  let sinceStage = 0;
  for await (const batch of batchesOf(lines, begin.offset)) {
    const found = await applyBatch(parts, batch.rows);
    const told = found.map(({ line, error }) => formatRowError(error, line)).join('');
    await errors.write(told);
    counts = { lines: batch.lines, errors: counts.errors + found.length };
    errorBytes += Buffer.byteLength(told);
    if (errorBytes > parts.errorLogBytesMax) {
      await errors.commit();
      throw tooManyErrors(batch.lines, parts.errorLogBytesMax);
    }
    sinceStage += 1;
    if (errors.isEmpty || sinceStage >= batchesPerStage) {
      await errors.stage();
      sinceStage = 0;
      const checkpoint = {
        offset: batch.endOffset,
        lines: counts.lines,
        errorBlocks: Array.from({ length: parts.attempt }, (_, index) =>
          index === parts.attempt - 1 ? errors.stagedBlocks : (begin.errorBlocks[index] ?? 0),
        ),
      };
      await untilAnswered(() => control.saveCheckpoint(checkpoint), patience, control.signal);
    }
    control.setProgress(Math.min(1, batch.endOffset / blob.size));
  }
  await errors.commit();
  return counts;
}

function tooManyErrors(lines: number, bytesMax: number): HubError {
  return new HubError(
    'BlobContainerValidationError',
    `The import stopped behind line ${lines}: its errors have more than ${bytesMax} bytes. What ${errorLogName} does not tell of up to there was imported.`,
  );
}

/** @throws HubError BlobContainerValidationError */
export function requireImportable({ size }: BlobDescription, bytesMax: number): void {
  if (size > bytesMax) {
    throw new HubError(
      'BlobContainerValidationError',
      `The devices blob has ${size} bytes, and ${bytesMax} are the most that are imported. Split it.`,
    );
  }
}

/**
 * Each attempt has block ids of its own: a process that was taken for dead may still be writing.
 *
 * @param errorBlocks how many of each attempt the store holds
 */
function openErrorLog(
  { jobId, attempt, output }: ImportParts,
  errorBlocks: readonly number[],
): BlockWriter {
  return new BlockWriter({
    container: output,
    blobName: errorLogName,
    blockPrefix: blockPrefix(jobId, attempt),
    stagedBlocks: errorBlocks[attempt - 1] ?? 0,
    before: errorBlocks
      .slice(0, attempt - 1)
      .flatMap((count, index) => blockIds(blockPrefix(jobId, index + 1), count)),
  });
}

interface LineBatch {
  /** Without lines that are no rows. */
  readonly rows: readonly BlobLine[];
  /** Of the blob up to its end. */
  readonly lines: number;
  readonly endOffset: number;
}

interface NumberedError {
  readonly line: number;
  readonly error: RowError;
}

async function* batchesOf(
  lines: AsyncIterable<BlobLine>,
  offset: number,
): AsyncGenerator<LineBatch> {
  let rows: BlobLine[] = [];
  let beginOffset = offset;
  let last: BlobLine | undefined;
  for await (const line of lines) {
    last = line;
    if (line.text !== '') {
      rows.push(line);
    }
    if (rows.length === rowsPerCallMax || line.endOffset - beginOffset >= batchBytesMax) {
      yield { rows, lines: line.number, endOffset: line.endOffset };
      rows = [];
      beginOffset = line.endOffset;
    }
  }
  if (last !== undefined && last.endOffset > beginOffset) {
    yield { rows, lines: last.number, endOffset: last.endOffset };
  }
}

interface NumberedRow {
  readonly row: ImportedRow;
  readonly line: number;
}

/** @returns errors in the order of the rows */
async function applyBatch(
  parts: ImportParts,
  lines: readonly BlobLine[],
): Promise<readonly NumberedError[]> {
  const rows: NumberedRow[] = [];
  const errors: NumberedError[] = [];
  for (const { text, number: line } of lines) {
    const row = text === undefined ? longLine(lineBytesMax) : parseRow(text);
    if (isRowError(row)) {
      errors.push({ line, error: row });
    } else {
      rows.push({ row, line });
    }
  }
  for (const { row, line, error } of await applyRows(parts, rows)) {
    if (error !== undefined) {
      errors.push({ line, error });
    } else if (row.hasTwin) {
      errors.push({ line, error: twinLeftOut(row) });
    }
  }
  return errors.sort((one, other) => one.line - other.line);
}

async function applyRows(
  { registry, inTurn, hub, control, patience }: ImportParts,
  rows: readonly NumberedRow[],
): Promise<readonly (NumberedRow & { readonly error: RowError | undefined })[]> {
  if (rows.length === 0) {
    return [];
  }
  const apply = () =>
    registry.apply(
      hub,
      rows.map(({ row }) => row.change),
    );
  const refusals = await untilAnswered(() => inTurn(apply), patience, control.signal);
  return rows.map(({ row, line }, index) => {
    const refusal = refusals[index];
    return { row, line, error: refusal && refusedRow(row, refusal.code, refusal.message) };
  });
}
