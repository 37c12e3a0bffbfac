import { beforeEach, expect, test } from '@jest/globals';
import type { HubId } from '@linchpin/wire';
import type { UploadSettings } from './device-upload.js';
import { RecentUploadSettings } from './recent-upload-settings.js';

const hub = { hub: 'hub-a', hubGeneration: '1' };
const none: UploadSettings = { storage: undefined, notifications: undefined };

let nowMs: number;
let asked: HubId[];
let answer: () => Promise<UploadSettings>;
let recent: RecentUploadSettings;

beforeEach(() => {
  nowMs = 0;
  asked = [];
  answer = () => Promise.resolve(none);
  const source = {
    get: (about: HubId) => {
      asked.push(about);
      return answer();
    },
  };
  recent = new RecentUploadSettings({ source, clock: () => nowMs });
});

test('many who ask at once, and soon after, cost one question', async () => {
  await Promise.all([recent.get(hub), recent.get(hub), recent.get(hub)]);
  nowMs = 1_999;
  expect(await recent.get(hub)).toBe(none);

  expect(asked).toEqual([hub]);
});

test('what is two seconds old is asked for again', async () => {
  await recent.get(hub);
  nowMs = 2_000;
  await recent.get(hub);

  expect(asked).toHaveLength(2);
});

test('a hub that was made again has its own', async () => {
  await recent.get(hub);
  await recent.get({ ...hub, hubGeneration: '2' });

  expect(asked).toHaveLength(2);
});

test('who is not answered keeps nobody from asking', async () => {
  answer = () => Promise.reject(new Error('away'));
  await expect(Promise.all([recent.get(hub), recent.get(hub)])).rejects.toThrow('away');
  answer = () => Promise.resolve(none);

  expect(await recent.get(hub)).toBe(none);
  expect(asked).toHaveLength(2);
});

test('of more hubs than are kept the first are asked for again', async () => {
  for (let number = 0; number < 1_500; number++) {
    await recent.get({ hub: 'h', hubGeneration: String(number) });
  }
  await recent.get({ hub: 'h', hubGeneration: '1499' });
  await recent.get({ hub: 'h', hubGeneration: '0' });

  expect(asked).toHaveLength(1_501);
});
