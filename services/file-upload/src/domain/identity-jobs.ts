/** Import and export jobs as their hubs see them: made, looked at, cancelled (service-rest.md section 5). */
import { HubError, type HubErrorCode, type HubId, type JobWork } from '@linchpin/wire';
import type { AuditLog } from './audit-log.js';
import type { BlobStore } from './blob-container.js';
import { blockIds, blockPrefix } from './block-writer.js';
import type { IdentityJob, JobCreator } from './identity-job.js';
import { errorLogName, requireImportable } from './import-identities.js';
import type { JobStore } from './job-store.js';
import type { RegistryIdentities } from './registry-identities.js';

interface IdentityJobsParts {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly registry: RegistryIdentities;
  readonly auditLog: AuditLog;
  readonly newJobId: () => string;
  readonly importBlobBytesMax: number;
  /** So long the answers of a blob store may take that a client waits for. */
  readonly validationTimeoutMs: number;
  /** So long a job may be in the making; longer than the store and the audit log may take. */
  readonly reservationMs: number;
  readonly events: ReservationEvents;
}

interface ReservationEvents {
  /** Until its reservation ends by itself, the hub can have no other job. */
  reservationUndiscarded(
    job: { readonly hub: string; readonly jobId: string },
    error: unknown,
  ): void;
}

const listedJobsMax = 1_000;

/** Every method takes the hub's name. @throws HubError IotHubNotFound */
export class IdentityJobs {
  constructor(private readonly parts: IdentityJobsParts) {}

  /**
   * @throws HubError BlobContainerValidationError when a container cannot be used for the work,
   *   JobQuotaExceeded while another job of the hub is active
   */
  async create(hub: string, work: JobWork, creator: JobCreator): Promise<IdentityJob> {
    const { store, auditLog, newJobId, reservationMs, events } = this.parts;
    checkBlobName(work.kind === 'export' ? work.outputBlobName : work.inputBlobName);
    const details = await this.#withoutSignatures(work);
    const owner = await this.#ownerOf(hub);
    const jobId = newJobId();
    // From here on no other job of the hub writes to a container.
    await store.reserve({ jobId, owner, creator, work }, reservationMs);
    try {
      await this.#checkContainers(jobId, work);
      // Before it can run: no keys leave a hub without a trace.
      await auditLog.add(hub, { operation: 'CreateJob', jobId, details });
    } catch (error) {
      await store.discard(jobId).catch((failure: unknown) => {
        events.reservationUndiscarded({ hub, jobId }, failure);
      });
      throw error;
    }
    return store.enqueue(owner, jobId);
  }

  /** @throws HubError JobNotFound */
  async get(hub: string, jobId: string): Promise<IdentityJob> {
    return this.parts.store.get(await this.#ownerOf(hub), jobId);
  }

  /** The newest first. */
  async list(hub: string): Promise<readonly IdentityJob[]> {
    return this.parts.store.list(await this.#ownerOf(hub), listedJobsMax);
  }

  /**
   * @throws HubError JobNotFound, or ServiceUnavailable while the job is in the making: the audit log tells
   *   first that it was made
   */
  async cancel(hub: string, jobId: string): Promise<IdentityJob> {
    const { store, auditLog } = this.parts;
    const owner = await this.#ownerOf(hub);
    const job = await store.get(owner, jobId);
    if (job.endTime !== undefined) {
      return job;
    }
    if (job.isReserved) {
      throw new HubError('ServiceUnavailable', 'The job is in the making; try again.', {
        retryAfterMs: 1_000,
      });
    }
    // Before it, too: rather an entry too many than one too few.
    await auditLog.add(hub, { operation: 'CancelJob', jobId, details: { kind: job.work.kind } });
    return store.cancel(owner, jobId);
  }

  async #ownerOf(hub: string): Promise<HubId> {
    return { hub, hubGeneration: await this.parts.registry.generationOf(hub) };
  }

  async #withoutSignatures(work: JobWork): Promise<JobWork> {
    const { blobs } = this.parts;
    const outputContainerUri = await explained(outputFault, () =>
      blobs.nameOf(work.outputContainerUri),
    );
    if (work.kind === 'export') {
      return { ...work, outputContainerUri };
    }
    const inputContainerUri = await explained(inputFault, () =>
      blobs.nameOf(work.inputContainerUri),
    );
    return { ...work, inputContainerUri, outputContainerUri };
  }

  /** Whoever asks learns at once what he got wrong; what turns wrong later fails the job. */
  async #checkContainers(jobId: string, work: JobWork): Promise<void> {
    const { blobs, importBlobBytesMax, validationTimeoutMs } = this.parts;
    const signal = AbortSignal.timeout(validationTimeoutMs);
    if (work.kind === 'import') {
      const blob = await explained(inputFault, () =>
        blobs.open(work.inputContainerUri, signal).describe(work.inputBlobName),
      );
      requireImportable(blob, importBlobBytesMax);
    }
    await explained(outputFault, () => {
      const output = blobs.open(work.outputContainerUri, signal);
      return work.kind === 'import'
        ? output.commitBlocks(errorLogName, [])
        : output.stageBlock(work.outputBlobName, probeId(jobId), Buffer.from('\n'));
    });
  }
}

export function tooManyJobs(): HubError {
  return new HubError(
    'JobQuotaExceeded',
    'The hub has an import or export job that is not done: wait until it is, or cancel it.',
  );
}

/** Never committed, hence never seen; of the length of all ids of an exported blob. */
function probeId(jobId: string): string {
  return blockIds(blockPrefix(jobId, 0), 1)[0] ?? '';
}

const containerFaults: readonly HubErrorCode[] = [
  'BlobContainerValidationError',
  'ServiceUnavailable',
];

/** Azure's words. */
const inputFault = 'Failed to read devices blob from the input container.';
const outputFault = 'Failed to write to the output container.';

/** Behind the message comes what is wrong with the URI, or what the store said. */
async function explained<Result>(
  message: string,
  attempt: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await attempt();
  } catch (cause) {
    if (cause instanceof HubError && containerFaults.includes(cause.code)) {
      throw new HubError('BlobContainerValidationError', `${message} ${cause.message}`, { cause });
    }
    throw cause;
  }
}

/** What Azure Storage allows, less what a path would be changed by. */
function checkBlobName(name: string): void {
  const segments = name.split('/');
  const isUsable =
    name.length <= 1_024 &&
    !/[\p{Cc}\\]/u.test(name) &&
    segments.every((segment) => !['', '.', '..'].includes(segment));
  if (!isUsable) {
    throw new HubError(
      'ArgumentInvalid',
      'A blob name has 1 to 1,024 characters, none of them a backslash or control character, and no part ' +
        'between slashes that is empty, . or ..',
    );
  }
}
