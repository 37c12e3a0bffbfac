import { expect, test } from '@jest/globals';
import { parseMachineStat, parseProcessStat, processTreeUs } from './proc.js';

test('a process is read behind its name, which may hold spaces and brackets', () => {
  const stat = '42 (node (a) b) S 1 42 42 0 -1 4194560 10 20 0 0 7 3 2 1 20 0 11 0 900 1 2';

  expect(parseProcessStat(stat)).toEqual({ ownUs: 100_000, reapedUs: 30_000 });
});

test('waiting for a disk is no work, being robbed of the processor is', () => {
  const stat = 'cpu  10 1 5 100 50 2 3 4 0 0\ncpu0 10 1 5 100 50 2 3 4 0 0\n';

  expect(parseMachineStat(stat)).toEqual({ busyUs: 250_000, totalUs: 1_750_000 });
});

test('a process that works has used time', () => {
  const before = processTreeUs(process.pid);
  const begun = process.cpuUsage();
  let usedUs = 0;
  while (usedUs < 60_000) {
    const { user, system } = process.cpuUsage(begun);
    usedUs = user + system;
  }

  expect(processTreeUs(process.pid) - before).toBeGreaterThanOrEqual(40_000);
});
