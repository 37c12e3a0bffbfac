import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { publishPacket, subscribePacket } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const responses = subscribePacket(1, [['$iothub/twin/res/#', 1]]);
const reported = '$iothub/twin/PATCH/properties/reported/?$rid=';

/** A gateway with a client that hears answers to its twin requests. */
async function setUp() {
  const gateway = new FakeGateway();
  const { client, connection } = await gateway.connect();
  client.send(responses);
  await client.receive(2);
  /** The packets that come next. */
  const next = async (count: number) => {
    const { length } = client.packets;
    return (await client.receive(length + count)).slice(length);
  };
  return { gateway, client, connection, next };
}

test.each(['', ' '])('device-mqtt 51: GET with the body "%s" is answered', async (body) => {
  const { client, next } = await setUp();
  const answer = next(1);
  client.send(publishPacket('$iothub/twin/GET/?$rid=%20A-1', body));
  expect(await answer).toMatchObject([
    {
      topic: '$iothub/twin/res/200/?$rid=%20A-1',
      payload: Buffer.from('{"desired":{"$version":1},"reported":{"$version":1}}'),
      qos: 0,
      retain: false,
    },
  ]);
});

test('device-mqtt 52: a patch is answered with its version, and without a body', async () => {
  const { client, gateway } = await setUp();
  client.send(publishPacket(`${reported}7`, '{"a":1}', { qos: 1, messageId: 9 }));
  const [, , puback, answer] = await client.receive(4);
  expect(puback).toMatchObject({ cmd: 'puback', messageId: 9 });
  expect(answer).toMatchObject({ topic: '$iothub/twin/res/204/?$rid=7&$version=2', qos: 0 });
  expect(answer).toMatchObject({ payload: Buffer.alloc(0) });
  expect(gateway.twins.of('h/d1').reported).toEqual({ a: 1 });
});

test.each([
  ['device-mqtt 54', 'PreconditionFailed', 412, 412001],
  ['device-mqtt 53', 'ArgumentInvalid', 400, 400004],
  ['device-mqtt 57', 'ThrottlingException', 429, 429001],
  ['while the twin service is away', 'ServiceUnavailable', 503, 503001],
] as const)('%s: %s is told by status and body, and the connection stays', async (...row) => {
  const [, code, status, errorCode] = row;
  const { gateway, client, next } = await setUp();
  gateway.twins.failure = new HubError(code, 'why');
  const answer = next(1);
  client.send(publishPacket(`${reported}7&$version=3`, '{}'));
  const [failed] = await answer;
  expect(failed).toMatchObject({ topic: `$iothub/twin/res/${status}/?$rid=7` });
  const body = JSON.parse(String((failed as { payload: Buffer }).payload)) as object;
  expect(body).toMatchObject({ errorCode, message: 'why' });
  expect(Object.keys(body)).toEqual([
    ...['errorCode', 'trackingId', 'message', 'info', 'timestampUtc'],
  ]);
  const pong = next(1);
  client.send({ cmd: 'pingreq' });
  expect(await pong).toMatchObject([{ cmd: 'pingresp' }]);
});

test('a fault of ours is a 500 that tells nothing, and the log has it', async () => {
  const { gateway, client, next } = await setUp();
  gateway.twins.failure = new TypeError('secret');
  const answer = next(1);
  client.send(publishPacket('$iothub/twin/GET/?$rid=1', ''));
  const [failed] = await answer;
  expect(failed).toMatchObject({ topic: '$iothub/twin/res/500/?$rid=1' });
  expect(JSON.stringify(failed)).not.toContain(Buffer.from('secret').toString('hex'));
  expect(gateway.lines).toContainEqual(expect.objectContaining({ msg: 'a twin request failed' }));
});

test('who does not listen gets no answer, and the patch is applied', async () => {
  const gateway = new FakeGateway();
  const { client } = await gateway.connect();
  client.send(publishPacket(`${reported}7`, '{"a":1}'), { cmd: 'pingreq' });
  await client.receive(2);
  await turns();
  expect(gateway.twins.of('h/d1').reported).toEqual({ a: 1 });
  expect(client.packets).toHaveLength(2);
});

test('device-mqtt 39: a patch with DISCONNECT behind it is applied before the next one comes', async () => {
  const { gateway, client, connection } = await setUp();
  client.send(publishPacket(`${reported}7`, '{"a":1}'), { cmd: 'disconnect' });
  await client.closed;
  await connection.end('takeover');
  expect(gateway.twins.of('h/d1').reported).toEqual({ a: 1 });
});

test('a gateway that stops answers what it has read', async () => {
  const { client, connection } = await setUp();
  client.send(publishPacket('$iothub/twin/GET/?$rid=1', ''), publishPacket(`${reported}2`, '{}'));
  await turns(1);
  await connection.drain();
  await client.closed;
  expect(client.packets.slice(2)).toMatchObject([
    { topic: '$iothub/twin/res/200/?$rid=1' },
    { topic: '$iothub/twin/res/204/?$rid=2&$version=2' },
  ]);
});

test.each([
  '$iothub/twin/GET/?$rid=',
  '$iothub/twin/GET/',
  '$iothub/twin/GET/?rid=1',
  '$iothub/twin/PATCH/properties/reported/?$rid=1&$version=x',
  '$iothub/twin/PATCH/properties/desired/?$rid=1',
  '$iothub/twin/PUT/?$rid=1',
  '$iothub/twin/res/200/?$rid=1',
])('the topic %s closes', async (topic) => {
  const { client, gateway } = await setUp();
  client.send(publishPacket(topic, ''));
  await client.closed;
  expect(gateway.twins.asked).toEqual([]);
});
