import { Metadata } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import {
  FileNotificationsService,
  FileUploadsService,
  IdentityJobsService,
} from '@linchpin/contracts';
import { hubTurns } from './hub-turns.js';

const toHub = { hub: 'h' };
const ofDevice = { device: { hub: 'h' } };
const callsMade = 100;

test.each([
  { rpc: FileUploadsService.startUpload, request: ofDevice, atOnce: 64 },
  { rpc: FileUploadsService.completeUpload, request: ofDevice, atOnce: 64 },
  { rpc: FileNotificationsService.receiveFileNotification, request: toHub, atOnce: 64 },
  { rpc: FileNotificationsService.settleFileNotification, request: toHub, atOnce: 64 },
  { rpc: IdentityJobsService.createJob, request: toHub, atOnce: callsMade },
])('$rpc.path of one hub, so many at once', async ({ rpc, request, atOnce }) => {
  const turns = hubTurns();
  const none = (): void => undefined;
  const call = {
    ...{ request, metadata: new Metadata(), getPath: () => rpc.path },
    ...{ cancelled: false, once: none, off: none },
  };
  let begun = 0;
  let end: () => void = none;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const calls = Array.from({ length: callsMade }, () =>
    turns.intercept(call, () => {
      begun += 1;
      return ended;
    }),
  );
  await Promise.resolve();
  const begunAtOnce = begun;
  end();
  await Promise.all(calls);

  expect(begunAtOnce).toBe(atOnce);
  expect(begun).toBe(callsMade);
});
