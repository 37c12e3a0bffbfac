import { randomUUID } from 'node:crypto';
import { processClock, RedisBudgetStore, SharedBudgets } from '@linchpin/platform/budgets';
import { HttpConnectionEvents } from '@linchpin/platform/http-server';
import { stopAll } from '@linchpin/platform/lifecycle';
import type { Logger } from '@linchpin/platform/logging';
import { createMetrics, type Registry as Metrics } from '@linchpin/platform/metrics';
import { openRedis } from '@linchpin/platform/redis';
import { ServerCertificates } from '@linchpin/platform/tls';
import {
  connectCloudToDevice,
  type CloudToDeviceConnection,
} from './clients/cloud-to-device-connection.js';
import { connectFileUpload, type FileUploadConnection } from './clients/file-upload-connection.js';
import { connectRegistry, type RegistryConnection } from './clients/registry-connection.js';
import { connectTwin, type TwinConnection } from './clients/twin-connection.js';
import type { ApiConfig } from './config.js';
import { ApiEvents } from './events.js';

/** What the api reaches out to. */
export interface Outside {
  readonly metrics: Metrics;
  readonly events: ApiEvents;
  readonly connectionEvents: HttpConnectionEvents;
  readonly certificates: ServerCertificates;
  readonly registry: RegistryConnection;
  readonly fileUpload: FileUploadConnection;
  readonly twin: TwinConnection;
  readonly cloudToDevice: CloudToDeviceConnection;
  readonly budgets: SharedBudgets;
  close(): Promise<void>;
}

/**
 * Opens everything. Who does not answer yet is no fault: a request is told so.
 *
 * @throws Error for certificates that cannot be served
 */
export function openOutside(config: ApiConfig, logger: Logger): Outside {
  const certificates = new ServerCertificates({ ...config.tls, logger });
  const metrics = createMetrics('api');
  const events = new ApiEvents(logger, metrics);
  const registry = connectRegistry(config.registry);
  const fileUpload = connectFileUpload(config.fileUpload);
  const twin = connectTwin(config.twin);
  const cloudToDevice = connectCloudToDevice(config.cloudToDevice);
  const redis = openRedis(config.redisUrl, logger);
  // It connects when it can: until then each process holds hubs to their rates by itself.
  redis.connect().catch(() => undefined);
  const store = new RedisBudgetStore(redis, `${config.topicPrefix}:`);
  const budgets = new SharedBudgets({
    store,
    process: `api-${randomUUID()}`,
    clock: processClock,
    onFailure: (error) => {
      events.limitsApart(error);
    },
    onRecovery: () => {
      events.limitsShared();
    },
  });
  budgets.addMetrics(metrics);
  return {
    metrics,
    events,
    connectionEvents: new HttpConnectionEvents(logger, metrics),
    certificates,
    registry,
    fileUpload,
    twin,
    cloudToDevice,
    budgets,
    close: () =>
      stopAll([
        () => {
          cloudToDevice.close();
        },
        () => {
          twin.close();
        },
        () => {
          fileUpload.close();
        },
        () => {
          registry.close();
        },
        () => {
          redis.disconnect();
        },
        () => {
          certificates.close();
        },
      ]),
  };
}
