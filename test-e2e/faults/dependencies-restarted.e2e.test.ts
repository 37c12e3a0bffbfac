/** What is behind the gateways, Kafka apart, restarts while devices send: they do not notice. */
import { expect, test } from '@jest/globals';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { restart, waitUntilAllReady } from '../support/processes.js';

test.each([
  ['postgres', 'SIGINT'],
  ['postgres', 'SIGKILL'],
  ['redis', 'SIGTERM'],
  ['redis', 'SIGKILL'],
  ['registry', 'SIGKILL'],
  ['api', 'SIGKILL'],
] as const)('%s restarts after %s under load', async (name, how) => {
  const load = { devices: 100, messagesPerSecond: 2_000 };
  const report = await underLoad(`${how} of ${name}`, load, async () => {
    await restart(name, how);
    await waitUntilAllReady();
  });

  expectKept(report);
  expect(report.restarted).toEqual([name]);
  expect(report.figures.disconnects).toBe(0);
});
