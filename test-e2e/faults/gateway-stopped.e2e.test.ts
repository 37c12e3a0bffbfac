/** A gateway is told to stop while devices send: it finishes what it read, and they go to the other. */
import { expect, test } from '@jest/globals';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { restart } from '../support/processes.js';

test('SIGTERM of a gateway under load: devices reconnect to the other, nothing is lost', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000 };
  const report = await underLoad('SIGTERM of a gateway', load, () =>
    restart('gateway-2', 'SIGTERM'),
  );

  expectKept(report);
  expect(report.restarted).toEqual(['gateway-2']);
  expect(report.figures.disconnects).toBeGreaterThan(0);
});
