import { Metadata } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import {
  CloudToDeviceMessagesService,
  DeviceMessagesService,
  DirectMethodsService,
  FeedbackService,
} from '@linchpin/contracts';
import { hubTurns } from './hub-turns.js';

const { sendMessage, purgeMessages, countMessages } = CloudToDeviceMessagesService;
const { lockMessages, settleMessages, releaseMessages } = DeviceMessagesService;
const { receiveFeedback, settleFeedback } = FeedbackService;

const connectionsMax = 10;
const [connections, statements] = [4, 64];
const toHub = { hub: 'h' };
const toRecipient = { recipient: { hub: 'h' } };

const inTurns = [
  { rpc: sendMessage, request: toHub, atOnce: statements },
  { rpc: lockMessages, request: toRecipient, atOnce: statements },
  { rpc: settleMessages, request: toRecipient, atOnce: statements },
  { rpc: releaseMessages, request: toRecipient, atOnce: statements },
  { rpc: purgeMessages, request: toHub, atOnce: connections },
  { rpc: countMessages, request: toHub, atOnce: connections },
  { rpc: receiveFeedback, request: toHub, atOnce: connections },
  { rpc: settleFeedback, request: toHub, atOnce: connections },
];

const none = (): void => undefined;

function callOf(path: string, request: Readonly<Record<string, unknown>>) {
  const metadata = new Metadata();
  return { request, metadata, getPath: () => path, cancelled: false, once: none, off: none };
}

test.each(inTurns)('$rpc.path of one hub, so many at once', async ({ rpc, request, atOnce }) => {
  const [ofConnections, ofCalls] = hubTurns(connectionsMax);
  let begun = 0;
  let end: () => void = none;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const call = callOf(rpc.path, request);
  const calls = Array.from({ length: 2 * statements }, () =>
    ofConnections!.intercept(call, () =>
      ofCalls!.intercept(call, () => {
        begun += 1;
        return ended;
      }),
    ),
  );
  await new Promise(setImmediate);

  expect(begun).toBe(atOnce);
  end();
  await Promise.all(calls);
});

test('all rpcs take turns but those that wait for devices', () => {
  const rpcs = {
    ...CloudToDeviceMessagesService,
    ...DeviceMessagesService,
    ...DirectMethodsService,
    ...FeedbackService,
  };
  const paths = Object.values(rpcs).map(({ path }) => path);
  const named = [...inTurns.map(({ rpc }) => rpc.path), DirectMethodsService.invokeMethod.path];

  expect(named.sort()).toEqual(paths.sort());
});
