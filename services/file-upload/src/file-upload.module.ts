import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { FairTurns } from '@linchpin/fairness';
import { actAs } from '@linchpin/platform/actor';
import { KeyCipher } from '@linchpin/platform/sealing';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcAuditLog } from './clients/grpc-audit-log.js';
import { GrpcRegistryIdentities } from './clients/grpc-registry-identities.js';
import { GrpcUploadSettings } from './clients/grpc-upload-settings.js';
import type { FileUploadConfig } from './config.js';
import { IdentityJobs } from './domain/identity-jobs.js';
import type { JobStore } from './domain/job-store.js';
import { JobWorker } from './domain/job-worker.js';
import { RecentUploadSettings } from './domain/recent-upload-settings.js';
import { runJob } from './domain/run-job.js';
import { Uploads } from './domain/uploads.js';
import type { FileUploadEvents } from './events.js';
import {
  FileNotificationsController,
  fileNotificationsControllerParts,
  type FileNotificationsControllerParts,
} from './grpc/file-notifications.controller.js';
import {
  FileUploadsController,
  fileUploadsControllerParts,
  type FileUploadsControllerParts,
} from './grpc/file-uploads.controller.js';
import {
  IdentityJobsController,
  identityJobsControllerParts,
  type IdentityJobsControllerParts,
} from './grpc/identity-jobs.controller.js';
import type { Outside } from './outside.js';
import { PostgresFileNotifications } from './postgres/postgres-file-notifications.js';
import { PostgresJobStore } from './postgres/postgres-job-store.js';
import { PostgresKeptUploads } from './postgres/postgres-kept-uploads.js';
import type { UploadWorkParts } from './upload-work.js';

export interface FileUploadParts
  extends
    IdentityJobsControllerParts,
    FileUploadsControllerParts,
    FileNotificationsControllerParts,
    UploadWorkParts {
  readonly store: JobStore;
  readonly events: FileUploadEvents;
  readonly notifications: PostgresFileNotifications;
}

/** What Nest serves over gRPC. */
@Module({})
export class FileUploadModule {
  static of(parts: FileUploadParts): DynamicModule {
    return {
      module: FileUploadModule,
      controllers: [IdentityJobsController, FileUploadsController, FileNotificationsController],
      providers: [
        identityJobsControllerParts,
        fileUploadsControllerParts,
        fileNotificationsControllerParts,
      ].map((provide) => ({ provide, useValue: parts })),
    };
  }
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

/** 128 and 192 bits that nobody can guess. */
const lockTokenBytes = 16;
const correlationIdBytes = 24;

/** Where the domain meets the engines. */
export function composeFileUpload(
  config: FileUploadConfig,
  outside: Outside,
  events: FileUploadEvents,
): FileUploadParts {
  const { connection, database, uploadStores } = outside;
  const { db } = database;
  const { fileNotificationsMax: notificationsMax } = config;
  const registry = new GrpcRegistryIdentities(connection);
  const uploads = new PostgresKeptUploads({ db, notificationsMax });
  const newLockToken = () => randomBytes(lockTokenBytes);
  return {
    ...composeJobs(config, { ...outside, registry }, events),
    registry,
    uploads,
    notifications: new PostgresFileNotifications({ db, newLockToken }),
    deviceUploads: new Uploads({
      settings: new RecentUploadSettings({
        source: new GrpcUploadSettings(connection.uploadSettings),
        clock: () => performance.now(),
      }),
      stores: uploadStores,
      uploads,
      newCorrelationId: () => randomBytes(correlationIdBytes).toString('base64url'),
      events,
    }),
  };
}

interface JobsOutside extends Outside {
  readonly registry: GrpcRegistryIdentities;
}

function composeJobs(
  config: FileUploadConfig,
  { database, connection, blobs, registry }: JobsOutside,
  events: FileUploadEvents,
): Pick<FileUploadParts, 'store' | 'worker' | 'jobs' | 'events'> {
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
