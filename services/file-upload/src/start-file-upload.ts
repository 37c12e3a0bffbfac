import { IdentityJobsService } from '@linchpin/contracts';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import { stopAll, type RunningService } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { checkMigrated, openDatabase } from '@linchpin/platform/postgres';
import { ProbeServer, watchPeers } from '@linchpin/platform/probes';
import { startTracing } from '@linchpin/platform/tracing';
import { HttpBlobStore } from './blob/http-blob-store.js';
import { connectRegistry } from './clients/registry-connection.js';
import type { FileUploadConfig } from './config.js';
import { FileUploadEvents } from './events.js';
import { composeFileUpload, FileUploadModule, type Outside } from './file-upload.module.js';
import { migrationsFolder } from './migrations-folder.js';
import { startRemovingOldJobs } from './old-jobs.js';
import type { FileUploadTables } from './postgres/schema.js';

/** Starts the whole process; what was started is stopped in the opposite order. */
export async function startFileUpload(
  config: FileUploadConfig,
  logger: Logger,
): Promise<RunningService> {
  const stopTracing = startTracing('file-upload', config.tracingEndpoint);
  const outside = await openOutside(config, logger);
  const { database, connection, blobs } = outside;
  const metrics = createMetrics('file-upload');
  const parts = composeFileUpload(config, outside, new FileUploadEvents(logger, metrics));
  const server = await startGrpcServer({
    module: FileUploadModule.of(parts),
    services: { 'linchpin.file_upload.v1.IdentityJobs': IdentityJobsService },
    ...config.grpc,
    logger,
    metrics,
  });
  parts.worker.start();
  const oldJobs = startRemovingOldJobs(parts);
  const probes = await ProbeServer.start({
    listen: config.probeListen,
    metrics,
    readyChecks: { postgres: () => database.ping(), registry: () => connection.check() },
  });
  const peers = watchPeers({ checks: { registry: () => connection.check() }, logger });
  logger.info(config.grpc.listen, 'serving');
  return {
    stop: async () => {
      probes.drain();
      await stopAll([
        () => server.close(),
        () => parts.worker.stop(),
        () => oldJobs.stop(),
        () => peers.stop(),
        () => database.close(),
        () => probes.stop(),
        stopTracing,
      ]);
      blobs.close();
      connection.close();
    },
  };
}

/** @throws Error that says what is missing */
async function openOutside(config: FileUploadConfig, logger: Logger): Promise<Outside> {
  const { postgres, postgresConnectionsMax: connectionsMax } = config;
  const database = openDatabase<FileUploadTables>({ ...postgres, connectionsMax, logger });
  try {
    await checkMigrated(database.db, postgres.schema, migrationsFolder);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    database,
    connection: connectRegistry(config.registry),
    blobs: new HttpBlobStore(config.blobStore),
  };
}
