/** A gateway dies while devices send: what it acknowledged is kept, and the other one takes over. */
import { expect, test } from '@jest/globals';
import { ConnectionEvents, type EventsByDevice } from '../support/connection-events.js';
import { open } from '../support/device-client.js';
import { inParallel } from '../support/in-parallel.js';
import { connectIdle, disconnectAll, type IdleDevice } from '../support/load/idle-devices.js';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { printFigures } from '../support/print-figures.js';
import { restart } from '../support/processes.js';

/** What was told of each device, by type and cause. */
function storiesOf(devices: readonly IdleDevice[], events: EventsByDevice): Set<string> {
  const stories = devices.map(({ identity }) =>
    (events.get(identity.deviceId) ?? []).map(({ type, cause }) => `${type} ${cause}`).join(', '),
  );
  return new Set(stories);
}

test('kill -9 of a gateway under load loses nothing that was acknowledged, and no order', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000 };
  const report = await underLoad('kill -9 of a gateway', load, () =>
    restart('gateway-1', 'SIGKILL'),
  );

  expectKept(report);
  expect(report.restarted).toEqual(['gateway-1']);
  // leastconn: half of them were there, each of which lost one connection and had one more.
  expect(report.figures.disconnects).toBeGreaterThan(40);
  expect(report.figures.sessions).toBe(100 + report.figures.disconnects);
  expect(report.answers.get(0)).toBeGreaterThan(0);
});

test('kill -9 of a gateway: no connection-state event is missing and none comes twice', async () => {
  const events = await ConnectionEvents.fromNow();
  const lost = await connectIdle(100, 'gateway-1');
  const others = await connectIdle(20, 'gateway-2');
  const killedAt = Date.now();
  await restart('gateway-1', 'SIGKILL');
  await Promise.all(lost.map(({ client }) => client.closed));
  // Half of them come back before the hub knows that their gateway is gone, the others never.
  const early = lost.slice(0, 50);
  const returned = await inParallel(early, 16, async ({ identity }) => ({
    identity,
    client: await open(identity),
  }));
  const never = lost.slice(50);
  await events.readUntil((seen) =>
    never.every(({ identity }) => (seen.get(identity.deviceId)?.length ?? 0) >= 2),
  );
  const seen = await events.readAllSoFar();

  const connected = 'deviceConnected connect';
  const pushedOut = 'deviceDisconnected takeover';
  const swept = 'deviceDisconnected gateway-lost';
  expect(storiesOf(early, seen)).toEqual(new Set([`${connected}, ${pushedOut}, ${connected}`]));
  expect(storiesOf(never, seen)).toEqual(new Set([`${connected}, ${swept}`]));
  expect(storiesOf(others, seen)).toEqual(new Set([connected]));
  expect(others.filter(({ client }) => client.isClosed)).toEqual([]);

  // And one that comes back later than that.
  const [late] = await inParallel(never.slice(0, 1), 1, async ({ identity }) => ({
    identity,
    client: await open(identity),
  }));
  const afterwards = await events.readAllSoFar();
  expect(storiesOf([late!], afterwards)).toEqual(new Set([`${connected}, ${swept}, ${connected}`]));
  for (const { identity } of lost) {
    const numbers = afterwards.get(identity.deviceId)!.map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual([...new Set(numbers)].sort());
  }
  const sweptAt = seen.get(never[0]!.identity.deviceId)![1]!.occurredAt.getTime();
  printFigures('events after kill -9', {
    'devices that came back': early.length,
    'that did not': never.length,
    'told as lost after ms': sweptAt - killedAt,
  });
  await disconnectAll([...others, ...returned, late!]);
});
