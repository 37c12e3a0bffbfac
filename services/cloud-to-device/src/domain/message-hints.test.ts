import { describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import { setImmediate as turn } from 'node:timers/promises';
import type { Holder } from './device-gateways.js';
import { MessageHints } from './message-hints.js';
import type { WaitingQueue } from './message-queue.js';
import type { Recipient } from './recipient.js';

const signal = new AbortController().signal;

function recipient(deviceId: string): Recipient {
  return { hub: 'hub-a', hubGeneration: '7', identity: { deviceId }, generationId: '11' };
}

function underTest(missedMax?: number) {
  const world = {
    told: [] as string[],
    troubles: 0,
    isOver: 0,
    holder: {
      address: 'gateway:1',
      connectionId: 'c1',
      hubGeneration: '7',
      generationId: '11',
    } as Holder | undefined,
    fault: undefined as HubError | undefined,
    /** Holds who is told until it is called. */
    release: undefined as (() => void) | undefined,
    holds: false,
    pages: [] as WaitingQueue[][],
    nowMs: 1_000,
  };
  const hints = new MessageHints(
    {
      presence: {
        holderOf: (_, { deviceId }) => {
          const silent = deviceId.startsWith('silent') ? { address: 'silent-gateway:1' } : {};
          return Promise.resolve(
            world.holder && { ...world.holder, ...silent, connectionId: deviceId },
          );
        },
      },
      downlinks: {
        notify: async (address, connectionId) => {
          world.told.push(connectionId);
          if (world.holds || address === 'silent-gateway:1') {
            await new Promise<void>((resolve) => {
              world.release = resolve;
            });
          }
          if (world.fault !== undefined) {
            throw world.fault;
          }
        },
      },
      now: () => world.nowMs,
      queue: { listWaiting: () => Promise.resolve(world.pages.shift() ?? []) },
      events: {
        hintsMissed: () => {
          world.troubles += 1;
        },
        hintsGiven: () => {
          world.isOver += 1;
        },
      },
    },
    missedMax,
  );
  return { world, hints };
}

function waiting(...deviceIds: string[]): WaitingQueue[] {
  return deviceIds.map((deviceId) => ({ queueId: deviceId, recipient: recipient(deviceId) }));
}

describe('what is enqueued', () => {
  test('is told once while many come, and once more for those that came meanwhile', async () => {
    const { world, hints } = underTest();
    world.holds = true;
    hints.enqueued(recipient('d1'));
    await turn();
    hints.enqueued(recipient('d1'));
    hints.enqueued(recipient('d1'));
    await turn();
    expect(world.told).toEqual(['d1']);
    world.holds = false;
    world.release?.();
    await hints.stop();

    expect(world.told).toEqual(['d1', 'd1']);
  });

  test('waits for a gateway that does not answer, and for no other', async () => {
    const { world, hints } = underTest();
    for (let number = 0; number < 40; number += 1) {
      hints.enqueued(recipient(`silent${number}`));
    }
    await turn();
    hints.enqueued(recipient('d1'));
    await turn();

    expect(world.told).toHaveLength(33);
    expect(world.told.at(-1)).toBe('d1');
  });

  test('and could not be told is told a last time when the process ends', async () => {
    const { world, hints } = underTest();
    world.fault = new HubError('ServiceUnavailable', 'away');
    hints.enqueued(recipient('d1'));
    await turn();
    world.fault = undefined;
    await hints.stop();

    expect(world.told).toEqual(['d1', 'd1']);
  });

  test.each([
    ['is not connected', undefined],
    ['is of another hub of the name', { hubGeneration: '8' }],
    ['was made anew', { generationId: '12' }],
  ])('is told to nobody when the device %s', async (_, members) => {
    const { world, hints } = underTest();
    world.holder = members && ({ ...world.holder, ...members } as Holder);
    hints.enqueued(recipient('d1'));
    await hints.stop();

    expect(world.told).toEqual([]);
  });
});

test('whoever was made anew is told while the earlier one is', async () => {
  const { world, hints } = underTest();
  world.holder = { ...world.holder, generationId: '12' } as Holder;
  hints.enqueued(recipient('d1'));
  hints.enqueued({ ...recipient('d1'), generationId: '12' });
  await hints.stop();

  expect(world.told).toEqual(['d1']);
});

describe('a sweep', () => {
  test('tells again who is held by a gateway that is away', async () => {
    const { world, hints } = underTest();
    const { holder } = world;
    world.holder = { ...holder, address: undefined } as Holder;
    hints.enqueued(recipient('d1'));
    await eventually(() => world.troubles === 1);
    world.holder = holder;
    await hints.sweep(signal);

    expect(world.told).toEqual(['d1']);
  });

  test('tells again what could not be told, until it is', async () => {
    const { world, hints } = underTest();
    world.fault = new HubError('ServiceUnavailable', 'away');
    hints.enqueued(recipient('d1'));
    hints.enqueued(recipient('d2'));
    await eventually(() => world.troubles === 2);
    await hints.sweep(signal);
    expect(world.told).toHaveLength(4);
    expect(world.isOver).toBe(0);
    world.fault = undefined;
    await hints.sweep(signal);
    await hints.sweep(signal);

    expect(world.told).toHaveLength(6);
    expect(world.isOver).toBe(2);
  });

  test('looks at all queues once, page by page, for those who died', async () => {
    const { world, hints } = underTest();
    world.pages = [waiting('d1', 'd2'), waiting('d3')];
    await hints.sweep(signal);
    world.pages = [waiting('d4')];
    await hints.sweep(signal);

    expect(world.told.toSorted()).toEqual(['d1', 'd2', 'd3']);
  });

  test('looks at all queues again after ten minutes, for those who died meanwhile', async () => {
    const { world, hints } = underTest();
    await hints.sweep(signal);
    world.pages = [waiting('d1')];
    world.nowMs += 599_999;
    await hints.sweep(signal);
    expect(world.told).toEqual([]);
    world.nowMs += 1;
    await hints.sweep(signal);

    expect(world.told).toEqual(['d1']);
  });

  test('looks at all queues after ten minutes, though somebody cannot be told', async () => {
    const { world, hints } = underTest();
    await hints.sweep(signal);
    world.fault = new HubError('ServiceUnavailable', 'away');
    hints.enqueued(recipient('d1'));
    await eventually(() => world.troubles === 1);
    world.told = [];
    world.pages = [waiting('d2')];
    world.nowMs += 600_000;
    await hints.sweep(signal);

    expect(world.told).toEqual(['d1', 'd2']);
  });

  test('looks at all queues when more were missed than it remembers', async () => {
    const { world, hints } = underTest(10);
    await hints.sweep(signal);
    world.fault = new HubError('ServiceUnavailable', 'away');
    for (let number = 0; number <= 10; number += 1) {
      hints.enqueued(recipient(`d${number}`));
    }
    await eventually(() => world.troubles === 11);
    world.fault = undefined;
    world.told = [];
    world.pages = [waiting('of a page')];
    await hints.sweep(signal);

    expect(world.told).toHaveLength(11);
    expect(world.told.at(-1)).toBe('of a page');
  });
});
