/**
 * file-upload is killed between grants and completions, while fifty devices upload: no grant beyond the limit, and
 * each file is told of exactly as its device reported it.
 */
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub, type ServiceAccess } from '../support/administration.js';
import { completeNotification, receiveNotification } from '../support/file-notifications.js';
import {
  allowUploads,
  blobs,
  completeUpload,
  grantUpload,
  startUpload,
  uriOf,
  type Grant,
} from '../support/file-uploads.js';
import { hub } from '../support/hub.js';
import { signal, waitUntilAllReady, waitUntilHealthy } from '../support/processes.js';
import { createDevice, type TestIdentity } from '../support/registry.js';

const deviceCount = 50;
const perDeviceMax = 10;
/** Of one upload through the URI of its grant; 1 GiB where a release is tested. */
const largeMiB = Number(process.env['LINCHPIN_UPLOAD_MIB'] ?? 64);

const name = `upload-faults-${randomUUID().slice(0, 8)}`;
let access: ServiceAccess;
let container: string;

beforeAll(async () => {
  access = await createHub(name, `${name}.example`);
  container = await allowUploads(name);
});

afterAll(async () => {
  await administer('DELETE', `/${name}`);
  await blobs.deleteContainer(container);
});

const newDevice = (): Promise<TestIdentity> => createDevice(undefined, {}, access);

/** Until the hub answers: an SDK asks again, too. */
async function insist(device: TestIdentity, { correlationId }: Grant, isSuccess: boolean) {
  await eventually(
    async () => {
      const { status, text } = await completeUpload(device, correlationId, isSuccess);
      if (status >= 400 && status < 500) {
        throw new Error(`completing was answered with ${status}: ${text}`);
      }
      return status === 204;
    },
    60_000,
    'the answer to a completion',
  );
}

async function drainNotifications(): Promise<readonly { blobName: string; deviceId: string }[]> {
  const told: { blobName: string; deviceId: string }[] = [];
  for (;;) {
    const { status, body, lockToken } = await receiveNotification(access);
    if (status === 204) {
      return told;
    }
    told.push(body as { blobName: string; deviceId: string });
    await completeNotification(access, lockToken);
  }
}

test('fifty devices of ten grants each at once; file-upload is killed before they complete', async () => {
  const devices = await Promise.all(Array.from({ length: deviceCount }, newDevice));
  const attempts = await Promise.all(
    devices.map(async (device) => {
      const answers = await Promise.all(
        Array.from({ length: perDeviceMax + 2 }, (_, index) => startUpload(device, `${index}.txt`)),
      );
      const grants = answers
        .filter(({ status }) => status === 200)
        .map(({ text }) => JSON.parse(text) as Grant);
      const refused = answers.filter(({ status }) => status === 403);
      return { device, grants, refused };
    }),
  );
  expect(attempts.map(({ grants, refused }) => [grants.length, refused.length])).toEqual(
    new Array(deviceCount).fill([perDeviceMax, 2]),
  );
  // Three are uploaded, of which one is told to have failed; the others are forgotten.
  const uploaded = attempts.map(({ device, grants }) => ({ device, grants: grants.slice(0, 3) }));
  await Promise.all(
    uploaded.map(async ({ grants }) => {
      for (const grant of grants) {
        await put(grant, Buffer.from('x'));
      }
    }),
  );
  const killed = signal('file-upload', 'SIGKILL');
  await Promise.all(
    uploaded.flatMap(({ device, grants }) =>
      grants.map((grant, index) => insist(device, grant, index < 2)),
    ),
  );
  await waitUntilHealthy('file-upload', killed);
  await waitUntilAllReady();
  const told = await drainNotifications();

  expect(told.map(({ blobName }) => blobName).toSorted()).toEqual(
    uploaded
      .flatMap(({ grants }) => grants.slice(0, 2))
      .map(({ blobName }) => blobName)
      .toSorted(),
  );
}, 240_000);

test('a large file goes through the URI of its grant', async () => {
  const device = await newDevice();
  const grant = await grantUpload(device, 'large.bin');
  await put(grant, Buffer.alloc(1_048_576), largeMiB);
  await insist(device, grant, true);
  const { body } = await receiveNotification(access);

  expect(body).toMatchObject({
    blobName: `${device.deviceId}/large.bin`,
    blobSizeInBytes: largeMiB * 1_048_576,
  });
}, 240_000);

/** Put Blob, of a piece so many times. */
function put(grant: Grant, piece: Buffer, times = 1): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(uriOf(grant), {
      method: 'PUT',
      ca: hub.authority,
      headers: { 'x-ms-blob-type': 'BlockBlob', 'content-length': piece.length * times },
    });
    sending.once('error', (cause) => {
      reject(new Error('the store ended the connection', { cause }));
    });
    sending.once('response', (response) => {
      response.resume();
      if (response.statusCode === 201) {
        resolve();
      } else {
        reject(new Error(`the store answered ${response.statusCode}`));
      }
    });
    let sent = 0;
    const sendMore = (): void => {
      while (sent < times) {
        sent += 1;
        if (!sending.write(piece)) {
          sending.once('drain', sendMore);
          return;
        }
      }
      sending.end();
    };
    sendMore();
  });
}
