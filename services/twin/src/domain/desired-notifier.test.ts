import { expect, test } from '@jest/globals';
import { eventuallyPasses } from '@linchpin/testing';
import {
  DesiredNotifier,
  type DesiredChanges,
  type WaitingChange,
  type WaitingChanges,
} from './desired-notifier.js';

const subject = {
  hub: 'h',
  hubGeneration: '7',
  deviceId: 'd1',
  moduleId: undefined,
  generationId: '1',
};

/** Changes of the twin `1`, each with its version as its id. */
class WaitingInMemory implements DesiredChanges {
  waiting: WaitingChange[] = [];

  add(version: number): void {
    const id = String(version);
    this.waiting.push({ id, version, json: `{"$version":${version}}`, committedAt: new Date(0) });
  }

  findWaiting(): Promise<WaitingChanges | undefined> {
    const changes = this.waiting.slice(0, 2);
    return Promise.resolve(changes.length === 0 ? undefined : { subject, changes });
  }

  remove(ids: readonly string[]): Promise<void> {
    this.waiting = this.waiting.filter(({ id }) => !ids.includes(id));
    return Promise.resolve();
  }

  listOverdue(): Promise<readonly { hub: string; twinId: string }[]> {
    return Promise.resolve(this.waiting.length === 0 ? [] : [{ hub: 'h', twinId: '1' }]);
  }
}

function underTest(notify: (versions: readonly number[]) => Promise<void>) {
  const changes = new WaitingInMemory();
  const failures: unknown[] = [];
  const notifier = new DesiredNotifier({
    changes,
    downlinks: { notify: (waiting) => notify(waiting.changes.map(({ version }) => version)) },
    events: { devicesUntold: (error) => failures.push(error), deviceTold: () => undefined },
  });
  return { changes, notifier, failures };
}

test('all that waits of a twin is told in order, and removed', async () => {
  const told: number[] = [];
  const { changes, notifier } = underTest((versions) => {
    told.push(...versions);
    return Promise.resolve();
  });
  [2, 3, 4, 5, 6].forEach((version) => {
    changes.add(version);
  });

  notifier.changed('h', '1');
  await notifier.stop();

  expect(told).toEqual([2, 3, 4, 5, 6]);
  expect(changes.waiting).toEqual([]);
});

test('what comes while a device is told is told behind it, by one at a time', async () => {
  const told: number[] = [];
  let running = 0;
  let release: () => void = () => undefined;
  const { changes, notifier } = underTest(async (versions) => {
    running += 1;
    expect(running).toBe(1);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    told.push(...versions);
    running -= 1;
  });
  changes.add(2);
  notifier.changed('h', '1');
  await eventuallyPasses(() => {
    expect(running).toBe(1);
  });

  changes.add(3);
  notifier.changed('h', '1');
  notifier.changed('h', '1');
  release();
  await eventuallyPasses(() => {
    expect(told).toEqual([2]);
    expect(running).toBe(1);
  });
  release();
  await notifier.stop();

  expect(told).toEqual([2, 3]);
});

test('what could not be told waits for the sweep', async () => {
  const told: number[] = [];
  let isAway = true;
  const { changes, notifier, failures } = underTest((versions) => {
    if (isAway) {
      return Promise.reject(new Error('away'));
    }
    told.push(...versions);
    return Promise.resolve();
  });
  changes.add(2);
  notifier.changed('h', '1');
  await notifier.stop();
  expect(failures).toMatchObject([{ message: 'away' }]);
  expect(changes.waiting).toHaveLength(1);

  isAway = false;
  await notifier.sweep();
  await notifier.stop();

  expect(told).toEqual([2]);
  expect(changes.waiting).toEqual([]);
});

test('a hub whose devices do not take what they are told keeps no other hub’s waiting', async () => {
  const told: string[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Set<string>();
  const findWaiting = (twinId: string): Promise<WaitingChanges | undefined> => {
    const change = { id: twinId, version: 2, json: '{}', committedAt: new Date(0) };
    const isNews = !asked.has(twinId);
    asked.add(twinId);
    return Promise.resolve(isNews ? { subject, changes: [change] } : undefined);
  };
  const notifier = new DesiredNotifier({
    changes: {
      findWaiting,
      remove: () => Promise.resolve(),
      listOverdue: () => Promise.resolve([]),
    },
    downlinks: {
      notify: async ({ changes: [change] }) => {
        const twinId = change?.id ?? '';
        await (twinId === 'other' ? undefined : released);
        told.push(twinId);
      },
    },
    events: { devicesUntold: () => undefined, deviceTold: () => undefined },
  });
  for (let number = 0; number < 20; number += 1) {
    notifier.changed('slow', `slow-${number}`);
  }

  notifier.changed('quick', 'other');
  await eventuallyPasses(() => {
    expect(told).toEqual(['other']);
  });

  release();
  await notifier.stop();
  expect(told).toHaveLength(21);
});
