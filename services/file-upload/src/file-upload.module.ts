import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { FairTurns } from '@linchpin/fairness';
import { actAs } from '@linchpin/platform/actor';
import { KeyCipher } from '@linchpin/platform/sealing';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcAuditLog } from './clients/grpc-audit-log.js';
import { GrpcRegistryIdentities } from './clients/grpc-registry-identities.js';
import type { FileUploadConfig } from './config.js';
import { IdentityJobs } from './domain/identity-jobs.js';
import type { JobStore } from './domain/job-store.js';
import { JobWorker } from './domain/job-worker.js';
import { runJob } from './domain/run-job.js';
import type { FileUploadEvents } from './events.js';
import {
  IdentityJobsController,
  identityJobsControllerParts,
  type IdentityJobsControllerParts,
} from './grpc/identity-jobs.controller.js';
import type { Outside } from './outside.js';
import { PostgresJobStore } from './postgres/postgres-job-store.js';

/** What Nest serves over gRPC. */
@Module({})
export class FileUploadModule {
  static of(parts: IdentityJobsControllerParts): DynamicModule {
    return {
      module: FileUploadModule,
      controllers: [IdentityJobsController],
      providers: [{ provide: identityJobsControllerParts, useValue: parts }],
    };
  }
}

interface FileUploadParts extends IdentityJobsControllerParts {
  readonly store: JobStore;
}

/** A registry that restarts, or a store that is away for a moment, fails no job. */
const patienceMs = 120_000;
const firstWaitMs = 100;
const pollMs = 1_000;
/**
 * Pages and batches that are with the registry at once, of all jobs of this process. On two cores eight
 * imports slowed the median of other callers' reads from 7 ms to 60–92 with eight at once, to 24–29 with two
 * (3,300 rows a second), to 18–22 with one (2,600).
 */
const registryCallsMax = 2;
const validationTimeoutMs = 10_000;
const reservationMs = 30_000;

/** Where the domain meets the engines. */
export function composeFileUpload(
  config: FileUploadConfig,
  { database, connection, blobs }: Outside,
  events: FileUploadEvents,
): FileUploadParts {
  const registry = new GrpcRegistryIdentities(connection);
  const store = new PostgresJobStore({
    db: database.db,
    cipher: new KeyCipher(config.masterKeys),
    nameOf: (uri) => blobs.nameOf(uri),
  });
  const { importBlobBytesMax } = config;
  const clock = (): number => performance.now();
  const patience = { patienceMs, firstWaitMs, clock };
  const turns = new FairTurns({ atOnceMax: registryCallsMax, waitMsMax: patienceMs });
  const worker = new JobWorker({
    store,
    // For the hub that the job was made for: one that has its name by now is another's.
    run: (job, control) => {
      const { creator, jobId, hubGeneration } = job;
      return actAs({ ...creator, jobId, hubGeneration }, () =>
        runJob({ blobs, registry, turns, importBlobBytesMax, patience }, job, control),
      );
    },
    newHolder: randomUUID,
    leaseMs: config.jobLeaseMs,
    durationMaxMs: config.jobDurationMaxMs,
    jobsRunningMax: config.jobsRunningMax,
    pollMs,
    clock,
    events,
  });
  const jobs = new IdentityJobs({
    store,
    blobs,
    registry,
    auditLog: new GrpcAuditLog(connection.auditLog),
    newJobId: randomUUID,
    importBlobBytesMax,
    validationTimeoutMs,
    reservationMs,
    events,
  });
  return { store, worker, jobs, events };
}
