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
  let recoveries = 0;
  const notifier = new DesiredNotifier({
    changes,
    downlinks: { notify: (waiting) => notify(waiting.changes.map(({ version }) => version)) },
    events: {
      devicesUntold: (error) => failures.push(error),
      devicesTold: () => {
        recoveries += 1;
      },
    },
  });
  return { changes, notifier, failures, recoveries: () => recoveries };
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
  const { changes, notifier, failures, recoveries } = underTest((versions) => {
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
  // It is over when a sweep finds nothing: that some are told says nothing of the others.
  expect(recoveries()).toBe(0);
  await notifier.sweep();
  expect(recoveries()).toBe(1);
});

test.each([
  ['20 of its own hub', { hub: 'h', silent: 20 }],
  ['thousands of another hub', { hub: 'silent', silent: 2_000 }],
])(
  'devices that do not take what they are told keep no other waiting: %s',
  async (_, { hub, silent }) => {
    const told: string[] = [];
    let giveUp: (error: Error) => void = () => undefined;
    const silence = new Promise<void>((_resolve, reject) => {
      giveUp = reject;
    });
    const findWaiting = (twinId: string): Promise<WaitingChanges | undefined> => {
      const change = { id: twinId, version: 2, json: '{}', committedAt: new Date(0) };
      const waiting = { subject: { ...subject, deviceId: twinId }, changes: [change] };
      return Promise.resolve(told.includes(twinId) ? undefined : waiting);
    };
    const notifier = new DesiredNotifier({
      changes: {
        findWaiting,
        remove: (ids) => Promise.resolve(void told.push(...ids)),
        listOverdue: () => Promise.resolve([]),
      },
      downlinks: {
        notify: (waiting) =>
          waiting.subject.deviceId.startsWith('silent') ? silence : Promise.resolve(),
      },
      events: { devicesUntold: () => undefined, devicesTold: () => undefined },
    });
    for (let number = 1; number <= silent; number += 1) {
      notifier.changed(hub, `silent-${number}`);
    }

    notifier.changed('h', 'other');

    await eventuallyPasses(() => {
      expect(told).toEqual(['other']);
    });
    giveUp(new Error('no answer'));
    await notifier.stop();
  },
);
