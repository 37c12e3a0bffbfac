/** What twins do without the engines that no call of theirs needs. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CuttableProxy, eventuallyPasses, testEngines } from '@linchpin/testing';
import { FakeGateway } from './support/fake-gateway.js';
import { createTestDeployment, type TestDeployment } from './support/start-test-twin.js';

let deployment: TestDeployment;
let gateway: FakeGateway;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  gateway = await FakeGateway.start(deployment.topicPrefix);
});

afterAll(async () => {
  await deployment.close();
  await gateway.close();
});

test('without Redis a process serves on, and tells devices later', async () => {
  const { proxy: way, url: redisUrl } = await CuttableProxy.before(testEngines().redisUrl);
  const twin = await deployment.start({ redisUrl });
  const device = deployment.newDevice();
  await gateway.hold(device, 'c1');

  await way.cut();
  const { version } = await twin.update(device, { desiredJson: '{"a":1}' });
  await eventuallyPasses(() => {
    expect(twin.log.join('')).toContain('devices cannot be told of changes yet');
  });
  const ready = await fetch(`${twin.probeUrl}/healthz/ready`);
  const read = await twin.get(device);
  await way.mend();

  expect([version, ready.status]).toEqual([3, 200]);
  expect(read).toMatchObject({ properties: { desired: { a: 1 } } });
  await eventuallyPasses(() => {
    expect(gateway.of('c1')).toMatchObject([{ version: 2, body: { a: 1 } }]);
  });
  await twin.stop();
  await way.cut();
});
