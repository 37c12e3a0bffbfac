import {
  FileNotificationsService,
  FileUploadsService,
  IdentityJobsService,
} from '@linchpin/contracts';
import { ActorInterceptor, startGrpcServer } from '@linchpin/platform/grpc-server';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import type { FileUploadConfig } from './config.js';
import { FileUploadEvents } from './events.js';
import { composeFileUpload, FileUploadModule } from './file-upload.module.js';
import { hubTurns } from './grpc/hub-turns.js';
import { startRemovingOldJobs } from './old-jobs.js';
import { openOutside } from './outside.js';
import { startExpiringUploads, startRemovingDeletedHubs } from './upload-work.js';

const services = {
  'linchpin.file_upload.v1.IdentityJobs': IdentityJobsService,
  'linchpin.file_upload.v1.FileUploads': FileUploadsService,
  'linchpin.file_upload.v1.FileNotifications': FileNotificationsService,
};

/** Starts the whole process; its end is in the order of `stop`. */
export async function startFileUpload(
  config: FileUploadConfig,
  logger: Logger,
): Promise<RunningService> {
  const stopTracing = await startTracing('file-upload', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const { database, connection } = outside;
  const metrics = createMetrics('file-upload');
  const parts = composeFileUpload(config, outside, new FileUploadEvents(logger, metrics));
  const server = await startGrpcServer({
    module: FileUploadModule.of(parts),
    services,
    ...config.grpc,
    logger,
    metrics,
    interceptors: [new ActorInterceptor(), hubTurns()],
  });
  parts.worker.start();
  const works = [
    startRemovingOldJobs(parts),
    startExpiringUploads(parts),
    startRemovingDeletedHubs(parts),
  ];
  const probes = await ProbeServer.start({
    listen: config.probeListen,
    metrics,
    readyChecks: { postgres: () => database.ping(), registry: () => connection.check() },
  });
  const peers = watchPeers({ checks: { registry: () => connection.check() }, logger });
  logger.info(config.grpc.listen, 'serving');
  return {
    stop: () => {
      probes.drain();
      return stopAll([
        () => server.close(),
        () => parts.worker.stop(),
        ...works.map((work) => () => work.stop()),
        () => peers.stop(),
        () => outside.close(),
        () => probes.stop(),
        stopTracing,
      ]);
    },
  };
}
