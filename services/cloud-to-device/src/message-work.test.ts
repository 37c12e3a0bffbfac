import { expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { eventually } from '@linchpin/testing';
import { CloudToDeviceEvents } from './events.js';
import { startExpiring, startRemovingDeleted } from './message-work.js';

test('messages that expire tell nothing of those of deleted hubs', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ service: 'test', level: 'info', destination });
  const events = new CloudToDeviceEvents(logger, createMetrics('test'));
  let expired = 0;
  const works = {
    expireSome: () => {
      expired += 1;
      return Promise.resolve(false);
    },
  };
  const identities = {
    removeSomeOfDeletedHubs: () => Promise.reject(new Error('away')),
    removeSomeSentLate: () => Promise.resolve(false),
  };
  const removing = startRemovingDeleted({ identities, events });
  await eventually(() => lines.length > 0);
  const expiring = startExpiring({ queue: works, feedback: works, events });
  await eventually(() => expired === 2);
  await Promise.all([expiring.stop(), removing.stop()]);

  expect(lines).toEqual([expect.stringContaining('of deleted hubs cannot be removed')]);
});
