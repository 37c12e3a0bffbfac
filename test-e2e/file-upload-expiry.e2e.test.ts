/** Uploads that are forgotten (device-https.md section 6), on a hub whose grants last the shortest time. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub } from './support/administration.js';
import {
  allowUploads,
  blobs,
  completeUpload,
  grantUpload,
  startUpload,
  uriOf,
  type Grant,
} from './support/file-uploads.js';
import { receiveNotification } from './support/file-notifications.js';
import { createDevice, type TestIdentity } from './support/registry.js';
import type { ServiceAccess } from './support/administration.js';

const name = `expiry-${randomUUID().slice(0, 8)}`;
const grantMs = 60_000;
const activeMax = 10;

let hub: ServiceAccess;
let container: string;
let device: TestIdentity;
let grants: readonly Grant[];

beforeAll(async () => {
  hub = await createHub(name, `${name}.example`);
  container = await allowUploads(name, { sasTtlAsIso8601: 'PT1M' });
  device = await createDevice(undefined, {}, hub);
  const names = Array.from({ length: activeMax }, (_, index) => `${index}.txt`);
  grants = await Promise.all(names.map((blobName) => grantUpload(device, blobName)));
});

afterAll(async () => {
  await administer('DELETE', `/${name}`);
  await blobs.deleteContainer(container);
});

test('what is forgotten makes room by itself, can be completed no more, and is told to nobody', async () => {
  expect((await startUpload(device, 'too-early.txt')).status).toBe(403);
  const hasRoom = async (): Promise<boolean> =>
    (await startUpload(device, 'later.txt')).status === 200;
  await eventually(hasRoom, grantMs + 30_000, 'room after forgotten uploads');
  const [first] = grants as [Grant];
  const isOver = async (): Promise<boolean> =>
    (await completeUpload(device, first.correlationId)).errorCode ===
    'ExpiredFileUploadCorrelationId';
  await eventually(isOver, 10_000, 'the end of an upload that was granted a little later');
  const written = await fetch(uriOf(first), {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    body: 'too late',
  });

  expect(written.status).toBe(403);
  expect((await receiveNotification(hub)).status).toBe(204);
}, 150_000);
