import { describe, expect, test } from '@jest/globals';
import type { DesiredChange } from '../domain/desired-changes.js';
import type { DeviceDownlink } from '../domain/device-downlink.js';
import { connectPacket, publishPacket, subscribePacket, type FakeClient } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const methods = '$iothub/methods/POST/#';
const desired = '$iothub/twin/PATCH/properties/desired/#';
const never = new AbortController().signal;

/** A gateway with a client that has subscribed. */
async function setUp(filters: readonly string[], options = {}) {
  const gateway = new FakeGateway(options);
  const opened = await gateway.connect();
  opened.client.send(
    subscribePacket(
      1,
      filters.map((filter) => [filter, 1]),
    ),
  );
  await opened.client.receive(2);
  const downlink = await opened.connection.downlink();
  return { gateway, ...opened, downlink: downlink! };
}

function call(
  downlink: DeviceDownlink,
  { name = 'reboot', payload = 'null', responseTimeoutMs = 30_000 } = {},
) {
  return downlink.callMethod({ name, payload: Buffer.from(payload), responseTimeoutMs }, never);
}

function change(version: bigint, json = `{"a":1,"$version":${version}}`): DesiredChange {
  return { version, json, committedAt: new Date() };
}

function respond(client: FakeClient, topic: string, payload = '', messageId?: number): void {
  const qos = messageId === undefined ? 0 : 1;
  const fields = messageId === undefined ? { qos } : { qos, messageId };
  client.send(publishPacket(topic, payload, fields as { qos: 0 | 1 }));
}

describe('a direct method', () => {
  test('device-mqtt 47: goes out by name and request id, QoS 0, with a body', async () => {
    const { client, downlink } = await setUp([methods]);
    const answer = call(downlink, { name: 'a/b', payload: '{"x": 1}' });
    const [, , request] = await client.receive(3);
    expect(request).toMatchObject({
      topic: '$iothub/methods/POST/a%2Fb/?$rid=1',
      payload: Buffer.from('{"x": 1}'),
      qos: 0,
      retain: false,
    });
    respond(client, '$iothub/methods/res/200/?$rid=1', '{"y":2}');
    expect(await answer).toEqual({ status: 200, payload: Buffer.from('{"y":2}') });
  });

  test.each([undefined, 7])(
    'device-mqtt 48: its response may be of QoS 0, or 1 and is acknowledged',
    async (messageId) => {
      const { client, downlink } = await setUp([methods]);
      const answer = call(downlink);
      await client.receive(3);
      respond(client, '$iothub/methods/res/-1/?$rid=1&more=dropped', '', messageId);
      expect(await answer).toEqual({ status: -1, payload: Buffer.from('null') });
      client.send({ cmd: 'pingreq' });
      const [puback] = (await client.receive(messageId === undefined ? 4 : 5)).slice(3);
      expect(puback?.cmd).toBe(messageId === undefined ? 'pingresp' : 'puback');
    },
  );

  test('finds nobody who is not subscribed', async () => {
    const { downlink } = await setUp([desired]);
    await expect(call(downlink)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });

  test('device-mqtt 20: reaches who subscribed on an earlier connection', async () => {
    const { gateway, connection } = await setUp([methods]);
    await connection.end('connection-lost');
    expect(await connection.downlink()).toBeUndefined();
    const again = await gateway.connect();
    const answer = call((await again.connection.downlink())!);
    const [, request] = await again.client.receive(2);
    expect(request).toMatchObject({ topic: '$iothub/methods/POST/reboot/?$rid=1' });
    respond(again.client, '$iothub/methods/res/200/?$rid=1');
    expect(await answer).toMatchObject({ status: 200 });
  });

  test('waits for a client that is being let in', async () => {
    const { gateway, connection } = await setUp([methods]);
    await connection.end('connection-lost');
    let judge: () => void = () => undefined;
    gateway.authenticator.onClaim = () =>
      new Promise((resolve) => {
        judge = resolve;
      });
    const again = gateway.open();
    again.client.send(connectPacket());
    await turns();
    const reached = again.connection.downlink();
    judge();
    const answer = call((await reached)!);
    await again.client.receive(2);
    respond(again.client, '$iothub/methods/res/200/?$rid=1');
    expect(await answer).toMatchObject({ status: 200 });
  });

  test('ends with the connection', async () => {
    const { connection, downlink } = await setUp([methods]);
    const answer = call(downlink);
    await connection.end('connection-lost');
    await expect(answer).rejects.toMatchObject({ code: 'DeviceConnectionClosedRemotely' });
  });

  test('device-mqtt 50: responses of no use are acknowledged and dropped', async () => {
    const { client, downlink } = await setUp([methods]);
    const answer = call(downlink);
    await client.receive(3);
    respond(client, '$iothub/methods/res/ok/?$rid=1', '{}', 1);
    respond(client, '$iothub/methods/res/200/?$rid=2', '{}', 2);
    respond(client, '$iothub/methods/res/200/?$rid=1', '{}', 3);
    expect(await answer).toMatchObject({ status: 200 });
    respond(client, '$iothub/methods/res/200/?$rid=1', '{}', 4);
    const pubacks = (await client.receive(7)).slice(3);
    expect(pubacks.map(({ messageId }) => messageId)).toEqual([1, 2, 3, 4]);
  });

  test('is answered by the connection that got it alone', async () => {
    const { gateway, client, downlink } = await setUp([methods]);
    const other = await gateway.connect({ clientId: 'd2' });
    const answer = call(downlink);
    await client.receive(3);
    respond(other.client, '$iothub/methods/res/500/?$rid=1', '{}', 1);
    await other.client.receive(2);
    respond(client, '$iothub/methods/res/200/?$rid=1');
    expect(await answer).toMatchObject({ status: 200 });
  });
});

describe('a change of desired properties', () => {
  test('device-mqtt 55: goes out under its version, QoS 0', async () => {
    const { client, downlink } = await setUp([desired]);
    await downlink.tellDesired([change(8n)]);
    const [, , told] = await client.receive(3);
    expect(told).toMatchObject({
      topic: '$iothub/twin/PATCH/properties/desired/?$version=8',
      payload: Buffer.from('{"a":1,"$version":8}'),
      qos: 0,
    });
  });

  test('comes behind the answer of a read that was under way', async () => {
    const { gateway, client, downlink } = await setUp([desired, '$iothub/twin/res/#']);
    let open: () => void = () => undefined;
    gateway.twins.gate = new Promise((resolve) => {
      open = resolve;
    });
    client.send(publishPacket('$iothub/twin/GET/?$rid=1', ''));
    await turns();
    const told = downlink.tellDesired([change(2n)]);
    await turns();
    open();
    await told;
    const [, , answer, notified] = await client.receive(4);
    expect([answer, notified]).toMatchObject([
      { topic: '$iothub/twin/res/200/?$rid=1' },
      { topic: '$iothub/twin/PATCH/properties/desired/?$version=2' },
    ]);
  });

  test('is not told to who is not subscribed', async () => {
    const { client, downlink } = await setUp([methods]);
    await downlink.tellDesired([change(2n)]);
    client.send({ cmd: 'pingreq' });
    expect((await client.receive(3))[2]?.cmd).toBe('pingresp');
  });
});

describe('a client that does not read', () => {
  const large = `{"a":"${'x'.repeat(100_000)}"}`;

  /** The client's side is paused, so what is sent stays with the gateway. */
  async function stall(options = {}) {
    const opened = await setUp([desired, methods, '$iothub/twin/res/#'], options);
    opened.client.stream.pause();
    return opened;
  }

  test('loses its connection when too many changes wait for it', async () => {
    const { gateway, connection, downlink } = await stall();
    const tell = async (version: number): Promise<number> => {
      await downlink.tellDesired([change(BigInt(version), large)]);
      return connection.isEnded ? version : tell(version + 1);
    };
    await expect(tell(2)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    expect(gateway.lines.at(-1)).toMatchObject({ cause: 'not-reading' });
    expect(gateway.services.exchanges.heldBytes).toBe(0);
  });

  test('has methods refused, and may read on', async () => {
    const { connection, downlink, gateway } = await stall({ exchangeBytesMax: 700_000 });
    const fits = await Promise.allSettled(
      Array.from({ length: 9 }, () => call(downlink, { payload: large, responseTimeoutMs: 50 })),
    );
    const codes = fits.map((outcome) => (outcome as { reason: { code: string } }).reason.code);
    expect(codes.slice(-1)).toEqual(['DeviceUnavailable']);
    expect(codes.filter((code) => code === 'GatewayTimeout').length).toBeGreaterThan(2);
    expect(connection.isEnded).toBe(false);
    expect(gateway.services.exchanges.heldBytes).toBeGreaterThan(200_000);
  });

  test('leaves its room when it reads on', async () => {
    const { client, downlink, gateway, socket } = await stall();
    await downlink.tellDesired([change(2n, large), change(3n, large)]);
    await turns();
    expect(gateway.services.exchanges.heldBytes).toBeGreaterThan(100_000);
    client.stream.resume();
    await client.receive(4);
    await turns();
    expect([gateway.services.exchanges.heldBytes, socket.writableLength]).toEqual([0, 0]);
  });

  test('loses its connection when it asks for more than it reads', async () => {
    const { gateway, client, connection } = await stall();
    gateway.twins.of('h/d1').reported = { a: 'x'.repeat(30_000) };
    client.send(
      ...Array.from({ length: 64 }, (_, index) =>
        publishPacket(`$iothub/twin/GET/?$rid=${index}`, ''),
      ),
    );
    await turns(300);
    expect(connection.isEnded).toBe(true);
    expect(gateway.lines.at(-1)).toMatchObject({ cause: 'not-reading' });
    await connection.end('takeover');
  });

  test('takes no room for answers that come behind its end', async () => {
    const { gateway, client, connection, downlink } = await stall();
    let open: () => void = () => undefined;
    gateway.twins.gate = new Promise((resolve) => {
      open = resolve;
    });
    client.send(publishPacket('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"a":1}'));
    await turns();
    await downlink.tellDesired([change(2n, large), change(3n, large)]);
    await turns();

    const ended = connection.end('connection-lost');
    open();
    await ended;

    expect(gateway.twins.of('h/d1').reported).toEqual({ a: 1 });
    expect(gateway.services.exchanges.heldBytes).toBe(0);
  });
});
