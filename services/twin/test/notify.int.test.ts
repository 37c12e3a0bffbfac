/** Changes of desired properties on their way to a device, by the gateway that holds it. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { TwinUpdateMode } from '@linchpin/contracts';
import { eventuallyPasses } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import { FakeGateway } from './support/fake-gateway.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestSubject,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let gateway: FakeGateway;
let twin: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  gateway = await FakeGateway.start(deployment.topicPrefix);
  twin = await deployment.start();
});

afterAll(async () => {
  await deployment.close();
  await gateway.close();
});

const waiting = () =>
  deployment.database.db.selectFrom('desired_changes').select('version').execute();

test('a connected device is told the patch, or the document that took the place of the former', async () => {
  const device = deployment.newDevice();
  await gateway.hold(device, 'c1');

  await twin.update(device, { desiredJson: '{"a":1,"old":null}' });
  await twin.update(device, { tagsJson: '{"nobody":"is told"}' });
  await twin.update(device, {
    mode: TwinUpdateMode.REPLACE,
    desiredJson: '{"b":{"c":2},"gone":null}',
  });

  await eventuallyPasses(async () => {
    expect(gateway.of('c1')).toEqual([
      { connectionId: 'c1', version: 2, body: { a: 1, old: null, $version: 2 } },
      { connectionId: 'c1', version: 3, body: { b: { c: 2 }, $version: 3 } },
    ]);
    expect(await waiting()).toEqual([]);
  });
});

test('many changes at once are told in order, none missing', async () => {
  const device = deployment.newDevice();
  await gateway.hold(device, 'c2');

  // No more at once than may run: those beyond would wait for their turn, and not for ever.
  for (let round = 0; round < 5; round += 1) {
    const changes = [1, 2, 3, 4].map((n) => twin.update(device, { desiredJson: `{"n":${n}}` }));
    await Promise.all(changes);
  }

  await eventuallyPasses(async () => {
    expect(gateway.of('c2').map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 2),
    );
    expect(await waiting()).toEqual([]);
  });
});

test('nobody is told of a device that is not connected, nor another in its place', async () => {
  const device = deployment.newDevice();
  const former = { ...device, generationId: '1' };
  await twin.update(device, { desiredJson: '{"a":1}' });
  await gateway.hold(former, 'c3');
  await twin.update(device, { desiredJson: '{"a":2}' });

  await eventuallyPasses(async () => {
    expect(await waiting()).toEqual([]);
  });
  expect(gateway.of('c3')).toEqual([]);
});

test('a connection that has just ended is told nothing, and nothing waits for it', async () => {
  const device = deployment.newDevice();
  await gateway.hold(device, 'c4');
  gateway.refusal = new HubError('DeviceNotOnline', 'The device is not connected here.');
  await twin.update(device, { desiredJson: '{"a":1}' });

  await eventuallyPasses(async () => {
    expect(await waiting()).toEqual([]);
  });
  gateway.refusal = undefined;
});

test('what a gateway did not take, or a process that died had left, is told later', async () => {
  const device = deployment.newDevice();
  await gateway.hold(device, 'c5');
  gateway.refusal = new HubError('ServiceUnavailable', 'later');
  await twin.update(device, { desiredJson: '{"a":1}' });
  await eventuallyPasses(() => {
    expect(twin.log.join('')).toContain('devices cannot be told of changes yet');
  });
  await twin.stop();
  gateway.refusal = undefined;

  twin = await deployment.start();

  await eventuallyPasses(async () => {
    expect(gateway.of('c5')).toMatchObject([{ version: 2, body: { a: 1 } }]);
    expect(await waiting()).toEqual([]);
  });
});

test('a device that much waits for hides no other from the sweep', async () => {
  const [refused, other] = [deployment.newDevice(), deployment.newDevice()];
  await gateway.hold(refused, 'c6');
  await gateway.hold(other, 'c7');
  gateway.refusedConnection = 'c6';
  await twin.update(refused, { desiredJson: '{"a":1}' });
  await twin.get(other);
  const { db } = deployment.database;
  const idOf = async ({ hubGeneration }: TestSubject): Promise<string> => {
    const { twin_id: id } = await db
      .selectFrom('identities')
      .select('twin_id')
      .where('hub_generation', '=', hubGeneration)
      .executeTakeFirstOrThrow();
    return id;
  };
  const leftBehind = (twin_id: string, version: number) => ({
    ...{ twin_id, version: String(version), json: '{}' },
    committed_at: new Date(Date.now() - 60_000),
  });
  const refusedId = await idOf(refused);
  const many = Array.from({ length: 300 }, (_, index) => leftBehind(refusedId, index + 3));
  await db.insertInto('desired_changes').values(many).execute();
  await db
    .insertInto('desired_changes')
    .values(leftBehind(await idOf(other), 2))
    .execute();

  await eventuallyPasses(() => {
    expect(gateway.of('c7')).toMatchObject([{ version: 2 }]);
  });
  gateway.refusedConnection = undefined;
});
