import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { MessageReceiver } from './cloud-to-device-messages.js';
import { MessageCounts } from './message-counts.js';

const hub = { hub: 'h', hubGeneration: '7' };
const one = { deviceId: 'd1', generationId: '1', etag: 'not asked' };
const other = { deviceId: 'd2', moduleId: 'm', generationId: '2' };

function setUp(count: () => Promise<readonly number[]>) {
  const asked: (readonly MessageReceiver[])[] = [];
  const told: unknown[] = [];
  const counts = new MessageCounts({
    messages: {
      count: (_hub, receivers) => {
        asked.push(receivers);
        return count();
      },
    },
    onFailure: (error) => told.push(error.code),
    onSuccess: () => told.push('success'),
  });
  return { asked, told, counts };
}

test('asks once for all, and for no more than whose they are', async () => {
  const { asked, told, counts } = setUp(() => Promise.resolve([3, 0]));
  expect(await counts.of(hub, [one, other])).toEqual([3, 0]);
  expect(asked).toEqual([[{ deviceId: 'd1', moduleId: undefined, generationId: '1' }, other]]);
  expect(told).toEqual(['success']);
});

test('asks nothing for nobody', async () => {
  const { asked, told, counts } = setUp(() => Promise.resolve([]));
  expect(await counts.of(hub, [])).toEqual([]);
  expect([asked, told]).toEqual([[], []]);
});

test.each(['ServiceUnavailable', 'GenericTimeout', 'IotHubNotFound'] as const)(
  'a failure that is %s is 0 for each, and told',
  async (code) => {
    const { told, counts } = setUp(() => Promise.reject(new HubError(code, 'No.')));
    expect(await counts.of(hub, [one, other])).toEqual([0, 0]);
    expect(told).toEqual([code]);
  },
);

test.each([[[]], [[1]], [[1, 2, 3]]])('an answer of %j is a fault of ours', async (answer) => {
  const { counts } = setUp(() => Promise.resolve(answer));
  await expect(counts.of(hub, [one, other])).rejects.toThrow('each receiver has a count');
});
