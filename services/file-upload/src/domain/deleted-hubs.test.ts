import { beforeEach, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { removeDeletedHubs } from './deleted-hubs.js';
import { InMemoryUploads } from './kept-uploads.fake.js';

let uploads: InMemoryUploads;

beforeEach(() => {
  uploads = new InMemoryUploads();
});

async function keep(hub: string, hubGeneration: string): Promise<void> {
  const device = { hub, hubGeneration, deviceId: 'd1', generationId: '1' };
  const correlationId = String(uploads.kept.length);
  const blob = { blobName: 'd1/a', blobUri: 'https://store.example/c/d1/a' };
  await uploads.add({ device, correlationId, ...blob, grantTtlSeconds: 60 }, 10);
}

/** There is hub-a alone, of generation 2. */
const registry = {
  generationOf: (hub: string): Promise<string> =>
    hub === 'hub-a'
      ? Promise.resolve('2')
      : Promise.reject(new HubError('IotHubNotFound', 'There is no such hub.')),
};

const { signal } = new AbortController();

test('what is kept of a hub that is no more goes, and of an earlier one of its name', async () => {
  await keep('hub-a', '1');
  await keep('hub-a', '1');
  await keep('hub-a', '2');
  await keep('hub-b', '3');
  await removeDeletedHubs({ uploads, registry }, signal);

  expect(uploads.kept.map(({ device }) => device.hubGeneration)).toEqual(['2']);
});

test('of more hubs than are looked at together, too', async () => {
  for (let number = 100; number < 350; number++) {
    await keep('hub-b', String(number));
  }
  await removeDeletedHubs({ uploads, registry }, signal);

  expect(uploads.kept).toEqual([]);
});

test('a registry that does not answer has nothing removed', async () => {
  await keep('hub-b', '1');
  const away = new HubError('ServiceUnavailable', 'away');
  const asked = removeDeletedHubs(
    { uploads, registry: { generationOf: () => Promise.reject(away) } },
    signal,
  );

  await expect(asked).rejects.toBe(away);
  expect(uploads.kept).toHaveLength(1);
});
