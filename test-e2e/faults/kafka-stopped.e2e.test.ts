import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { signal } from '../support/processes.js';

test('Kafka stops for 60 s under load', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000, window: 100 };
  const report = await underLoad('60 s without Kafka', load, async () => {
    signal('kafka', 'SIGSTOP');
    try {
      await delay(60_000);
    } finally {
      signal('kafka', 'SIGCONT');
    }
  });

  expectKept(report);
  expect(report.restarted).toEqual([]);
  expect(report.figures.disconnects).toBe(0);
});
