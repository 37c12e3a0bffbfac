import { beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics, type Registry } from '@linchpin/platform/metrics';
import { eventually } from '@linchpin/testing';
import { InMemoryUploads } from './domain/kept-uploads.fake.js';
import { FileUploadEvents } from './events.js';
import { startExpiringUploads, startRemovingDeletedHubs } from './upload-work.js';

const device = { hub: 'hub-a', hubGeneration: '1', deviceId: 'd1', generationId: '1' };
const blob = { blobName: 'd1/a', blobUri: 'https://store.example/c/d1/a', grantTtlSeconds: 60 };
const away = (): Promise<never> => Promise.reject(new Error('away'));

let lines: string[];
let metrics: Registry;
let events: FileUploadEvents;
let uploads: InMemoryUploads;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ service: 'test', level: 'info', destination });
  metrics = createMetrics('test');
  events = new FileUploadEvents(logger, metrics);
  uploads = new InMemoryUploads();
});

test('what fails keeps nothing else from its turn, and each says what it is', async () => {
  await uploads.add({ device, correlationId: '1', ...blob }, 10);
  const registry = { generationOf: away };
  const notifications = { expireSome: away };
  const expiring = startExpiringUploads({ uploads, notifications, registry, events });
  const removing = startRemovingDeletedHubs({ uploads, notifications, registry, events });
  await eventually(() => lines.length === 2);
  await Promise.all([expiring.stop(), removing.stop()]);

  const told = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  expect(told.sort()).toEqual([
    'notifications that expired cannot be removed yet; trying again',
    'uploads of deleted hubs cannot be removed yet; trying again',
  ]);
  expect(uploads.kept).toMatchObject([{ state: 'expired' }]);
});

test('what expires is counted', async () => {
  await uploads.add({ device, correlationId: '1', ...blob }, 10);
  await uploads.add({ device, correlationId: '2', ...blob }, 10);
  const waiting = [3, 0];
  const notifications = { expireSome: () => Promise.resolve(waiting.shift() ?? 0) };
  const registry = { generationOf: away };
  const expiring = startExpiringUploads({ uploads, notifications, registry, events });
  await eventually(() => waiting.length === 0);
  await expiring.stop();

  expect(await metrics.metrics()).toMatch(/file_uploads_ended_total\{result="expired",[^}]*\} 2\n/);
  expect(await metrics.metrics()).toMatch(
    /notifications_settled_total\{result="expired",[^}]*\} 3\n/,
  );
});
