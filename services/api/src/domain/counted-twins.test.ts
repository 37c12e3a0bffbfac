import { expect, test } from '@jest/globals';
import { CountedTwins } from './counted-twins.js';
import { MessageCounts } from './message-counts.js';
import type { Twin } from './twins.js';

const hub = { hub: 'h', hubGeneration: '7' };

function setUp(json: string): CountedTwins {
  const twin: Twin = { json, etag: 'e', generationId: '5' };
  const twins = { get: () => Promise.resolve(twin), update: () => Promise.resolve(twin) };
  const counts = new MessageCounts({
    messages: { count: (_hub, [receiver]) => Promise.resolve([Number(receiver?.generationId)]) },
    onFailure: () => undefined,
    onSuccess: () => undefined,
  });
  return new CountedTwins(twins, counts);
}

async function counted(json: string): Promise<string> {
  return (await setUp(json).get(hub, { deviceId: 'd1' })).json;
}

test('only the count of the text changes', async () => {
  const text = (count: number) =>
    `{"deviceId":"d1","cloudToDeviceMessageCount":${count},"tags":{"n":1e400, "a":"é"}}`;
  expect(await counted(text(0))).toBe(text(5));
});

test('neither a text nor a tag that looks like it is taken for it', async () => {
  const rest = String.raw`"statusReason":"\"cloudToDeviceMessageCount\":1",`;
  const tags = '"tags":{"cloudToDeviceMessageCount":2}';
  expect(await counted(`{${rest}"cloudToDeviceMessageCount":0,${tags}}`)).toBe(
    `{${rest}"cloudToDeviceMessageCount":5,${tags}}`,
  );
});

test('an update shows it, too', async () => {
  const change = { mode: 'patch', tagsJson: '{}', desiredJson: undefined, ifMatch: '*' } as const;
  const twin = await setUp('{"cloudToDeviceMessageCount":0}').update(
    hub,
    { deviceId: 'd1' },
    change,
  );
  expect(twin).toEqual({
    json: '{"cloudToDeviceMessageCount":5}',
    etag: 'e',
    generationId: '5',
  });
});
