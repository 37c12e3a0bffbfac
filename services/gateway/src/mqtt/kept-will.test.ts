/** What a gateway keeps of wills, and for how long. */
import { expect, test } from '@jest/globals';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { connectPacket, willOf } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

test('wills of one hub take no more than leaves room for those of another, and give it back', async () => {
  const gateway = new FakeGateway({ willBytesMax: 3_000 });
  const connectAs = async (clientId: string, hub = fakeGrant.hub) => {
    gateway.authenticator.grant = { ...fakeGrant, hub };
    const will = willOf(`devices/${clientId}/messages/events/`, clientId.repeat(450));
    const { client, socket } = await gateway.connect({ clientId, will });
    return async () => {
      socket.resetAndDestroy();
      await client.closed;
      await turns();
    };
  };
  const cutFirst = await connectAs('d1');
  const cutSecond = await connectAs('d2');
  const cutOther = await connectAs('d3', 'other');
  await cutSecond();
  await cutFirst();
  await (
    await connectAs('d4')
  )();
  await cutOther();
  expect(gateway.log.bodies.map((body) => body.slice(0, 2))).toEqual(['d1', 'd4', 'd3']);
  expect(gateway.lines.filter(({ msg }) => msg === 'a will is dropped')).toEqual([
    expect.objectContaining({
      deviceId: 'd2',
      reason: 'The wills of its hub left no memory for it.',
    }),
  ]);
  expect(gateway.services.wills.heldBytes).toBe(0);
});

test('a client whose place cannot be taken leaves no will behind', async () => {
  const gateway = new FakeGateway();
  gateway.store.isAway = true;
  const answer = await gateway.answerTo(
    connectPacket({ will: willOf('devices/d1/messages/events/', 'gone') }),
  );
  gateway.store.isAway = false;
  expect(answer).toBe('20020003');
  expect([gateway.services.wills.heldBytes, gateway.services.wills.names]).toEqual([0, []]);
});
