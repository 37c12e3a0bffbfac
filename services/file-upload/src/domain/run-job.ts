import type { FairTurns } from '@linchpin/fairness';
import type { BlobStore } from './blob-container.js';
import { blockPrefix } from './block-writer.js';
import { exportIdentities } from './export-identities.js';
import type { ClaimedJob } from './identity-job.js';
import { importIdentities, type ImportCounts } from './import-identities.js';
import type { InTurn, JobControl } from './job-control.js';
import type { Patience } from './patience.js';
import type { RegistryIdentities } from './registry-identities.js';

interface RunJobParts {
  readonly blobs: BlobStore;
  readonly registry: RegistryIdentities;
  /** Pages and batches of all jobs come to the registry in turns, so that it has time for others. */
  readonly turns: FairTurns;
  readonly importBlobBytesMax: number;
  /** With a registry or a store that does not answer. */
  readonly patience: Patience;
}

/** Some 200 MB are a million errors. */
const errorLogBytesMax = 256 * 1024 * 1024;

/** Does the work of a job from where it stands. */
export async function runJob(
  { blobs, registry, turns, importBlobBytesMax, patience }: RunJobParts,
  job: ClaimedJob,
  control: JobControl,
): Promise<ImportCounts> {
  const { work, hub, jobId, attempt } = job;
  const output = blobs.open(work.outputContainerUri, control.signal);
  const inTurn: InTurn = (atRegistry) =>
    turns.inTurn({ hub, origin: jobId }, () => {
      control.signal.throwIfAborted();
      return atRegistry();
    });
  if (work.kind === 'export') {
    const lines = await exportIdentities({
      hub,
      registry,
      inTurn,
      container: output,
      blobName: work.outputBlobName,
      blockPrefix: blockPrefix(jobId, attempt),
      excludeKeys: work.excludeKeys,
      control,
      patience,
    });
    return { lines, errors: 0 };
  }
  return importIdentities({
    jobId,
    attempt,
    hub,
    registry,
    inTurn,
    input: blobs.open(work.inputContainerUri, control.signal),
    blobName: work.inputBlobName,
    blobBytesMax: importBlobBytesMax,
    output,
    checkpoint: job.checkpoint,
    control,
    patience,
    errorLogBytesMax,
  });
}
