/** A gateway is told to stop while devices send: it finishes what it read, and they go to the other. */
import { expect, test } from '@jest/globals';
import type { EventsByDevice } from '../support/connection-events.js';
import { connectIdle, type IdleDevice } from '../support/load/idle-devices.js';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { printFigures } from '../support/print-figures.js';
import { logOf, stop, waitUntilHealthy } from '../support/processes.js';

/** LINCHPIN_SHUTDOWN_TIMEOUT_MS: the process gives up what it has not finished by then. */
const shutdownMs = 30_000;

/** When the connections ended, in order. */
function endsOf(devices: readonly IdleDevice[], events: EventsByDevice): number[] {
  return devices
    .flatMap(({ identity }) => events.get(identity.deviceId) ?? [])
    .filter(({ cause }) => cause === 'gateway-stopped')
    .map(({ occurredAt }) => occurredAt.getTime())
    .sort((one, other) => one - other);
}

test('SIGTERM of a gateway under load: devices reconnect to the other, nothing is lost', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000 };
  let idle: IdleDevice[] = [];
  let stopped = { pid: 0, tookMs: 0 };
  const report = await underLoad('SIGTERM of a gateway', load, async () => {
    idle = await connectIdle(600, 'gateway-2');
    stopped = await stop('gateway-2');
    await waitUntilHealthy('gateway-2', stopped.pid);
  });

  expectKept(report);
  expect(report.restarted).toEqual(['gateway-2']);
  expect(report.figures.disconnects).toBeGreaterThan(0);
  expect(report.figures.sessions).toBe(100 + report.figures.disconnects);
  // An orderly end, in time: one that takes too long ends with an error instead.
  expect(stopped.tookMs).toBeLessThan(shutdownMs);
  expect(logOf('gateway-2', stopped.pid).at(-1)).toContain('"msg":"stopped"');
  // 100 connections at a time, 50 ms apart, so that they do not all come to the other gateway at once.
  const ends = endsOf(idle, report.events);
  expect(ends).toHaveLength(600);
  expect(ends.at(-1)! - ends[0]!).toBeGreaterThan(200);
  printFigures('drain', {
    connections: ends.length,
    'ended within ms': ends.at(-1)! - ends[0]!,
    'process ended after ms': stopped.tookMs,
  });
});
