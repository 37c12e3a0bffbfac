/** A gateway dies while devices send: what it acknowledged is kept, and the other one takes over. */
import { expect, test } from '@jest/globals';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { restart } from '../support/processes.js';

test('kill -9 of a gateway under load loses nothing that was acknowledged, and no order', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000 };
  const report = await underLoad('kill -9 of a gateway', load, () =>
    restart('gateway-1', 'SIGKILL'),
  );

  expectKept(report);
  expect(report.restarted).toEqual(['gateway-1']);
  expect(report.figures.disconnects).toBeGreaterThan(0);
});
