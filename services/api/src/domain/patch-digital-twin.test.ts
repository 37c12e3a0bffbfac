import { expect, test } from '@jest/globals';
import { patchDigitalTwin } from './patch-digital-twin.js';
import { FakeTwins } from './twins.fake.js';
import type { Twin } from './twins.js';

const hub = { hub: 'Test', hubGeneration: '7' };
const device = { deviceId: 'd1' };
const operations = [{ op: 'add', path: '/place', value: { y: 2 } }] as const;

/** Others change the twin after each of its first readings. */
class BusyTwins extends FakeTwins {
  constructor(private disturbances: number) {
    super();
  }

  override async get(...of: Parameters<FakeTwins['get']>): Promise<Twin> {
    const twin = await super.get(...of);
    if (this.disturbances-- > 0) {
      await this.want({ place: { x: this.disturbances } });
    }
    return twin;
  }

  async want(desired: object): Promise<void> {
    const desiredJson = JSON.stringify(desired);
    const change = { mode: 'patch', tagsJson: undefined, ifMatch: undefined, desiredJson } as const;
    await this.update(hub, device, change);
  }
}

async function desiredOf(twins: FakeTwins): Promise<unknown> {
  const { json } = await twins.get(hub, device);
  return (JSON.parse(json) as { properties: { desired: unknown } }).properties.desired;
}

test.each([undefined, '*'])(
  'If-Match %s: the patch holds for what others left',
  async (ifMatch) => {
    const twins = new BusyTwins(3);
    const { etag } = await patchDigitalTwin(twins, hub, { ...device, operations, ifMatch });

    expect(await desiredOf(twins)).toEqual({ place: { y: 2 }, $version: 5 });
    expect(etag).toBe((await twins.get(hub, device)).etag);
  },
);

test('a tag that is expected is expected once', async () => {
  const twins = new BusyTwins(1);
  const { etag } = await new FakeTwins().get(hub, device);
  const patch = { ...device, operations, ifMatch: etag };

  await expect(patchDigitalTwin(twins, hub, patch)).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(await desiredOf(twins)).toEqual({ place: { x: 0 }, $version: 2 });
});

test('whoever is never fast enough is told to come again', async () => {
  const patch = { ...device, operations, ifMatch: undefined };

  await expect(patchDigitalTwin(new BusyTwins(1_000), hub, patch)).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
});

test('no operation changes nothing', async () => {
  const twins = new FakeTwins();
  await patchDigitalTwin(twins, hub, { ...device, operations: [], ifMatch: '*' });

  expect(await desiredOf(twins)).toEqual({ $version: 1 });
});
