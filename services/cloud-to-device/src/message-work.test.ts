import { beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { eventually } from '@linchpin/testing';
import { CloudToDeviceEvents } from './events.js';
import { startExpiring, startRemovingDeleted } from './message-work.js';

let lines: string[];
let events: CloudToDeviceEvents;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ service: 'test', level: 'info', destination });
  events = new CloudToDeviceEvents(logger, createMetrics('test'));
});

const fail = () => Promise.reject(new Error('away'));

test('messages that expire tell nothing of those of deleted hubs', async () => {
  let expired = 0;
  const works = {
    expireSome: () => {
      expired += 1;
      return Promise.resolve(false);
    },
  };
  const identities = {
    removeSomeOfDeletedHubs: fail,
    removeSomeSentLate: () => Promise.resolve(false),
  };
  const removing = startRemovingDeleted({ identities, events });
  await eventually(() => lines.length > 0);
  const expiring = startExpiring({ queue: works, feedback: works, events });
  await eventually(() => expired === 2);
  await Promise.all([expiring.stop(), removing.stop()]);

  expect(lines).toEqual([expect.stringContaining('of deleted hubs cannot be removed')]);
});

test('what fails keeps nothing else from its turn, and each says what it is', async () => {
  const works = { expireSome: fail };
  const identities = { removeSomeOfDeletedHubs: fail, removeSomeSentLate: fail };
  const expiring = startExpiring({ queue: works, feedback: works, events });
  const removing = startRemovingDeleted({ identities, events });
  await eventually(() => lines.length === 4);
  await Promise.all([expiring.stop(), removing.stop()]);

  const told = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  expect(told.sort()).toEqual([
    'feedback that expired cannot be removed yet; trying again',
    'messages of deleted hubs cannot be removed yet; trying again',
    'messages of deleted identities cannot be removed yet; trying again',
    'messages that expired cannot be removed yet; trying again',
  ]);
});
