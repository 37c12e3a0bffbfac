import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DownlinkClient, DownlinkService, GatewayService } from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import { startGrpcServer } from '@linchpin/platform/grpc-server';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { eventuallyPasses, freePort } from '@linchpin/testing';
import { EventReaders } from './domain/event-readers.js';
import { FakeReaderStore } from './domain/reader-claims.fake.js';
import { GatewayModule } from './gateway.module.js';
import { publishPacket, subscribePacket } from './mqtt/client.fake.js';
import { FakeGateway, turns } from './mqtt/gateway.fake.js';

const gateway = new FakeGateway();
const readers = new EventReaders({
  gatewayId: 'g1',
  claims: new FakeReaderStore().gateway('g1'),
  peers: { endReader: () => Promise.resolve() },
});
let server: Awaited<ReturnType<typeof startGrpcServer>>;
let client: DownlinkClient;

beforeAll(async () => {
  const listen = { host: '127.0.0.1', port: await freePort() };
  server = await startGrpcServer({
    module: GatewayModule.of(gateway.table, readers),
    services: {
      'linchpin.gateway.v1.Gateway': GatewayService,
      'linchpin.gateway.v1.Downlink': DownlinkService,
    },
    listen,
    tls: undefined,
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
  });
  client = createGrpcClient(DownlinkClient, {
    address: `127.0.0.1:${listen.port}`,
    tls: undefined,
  });
});

afterAll(async () => {
  client.close();
  await server.close();
});

/** A device that is subscribed to all that services send. */
async function connect(clientId: string) {
  const device = await gateway.connect({ clientId });
  const filters = ['$iothub/methods/POST/#', '$iothub/twin/PATCH/properties/desired/#'];
  device.client.send(
    subscribePacket(
      1,
      filters.map((filter) => [filter, 0]),
    ),
  );
  await device.client.receive(2);
  return device;
}

function deliver(connectionId: string, signal?: AbortSignal) {
  const payloadJson = Buffer.from('{"x": 1}');
  const request = { connectionId, methodName: 'm', payloadJson, responseTimeoutSeconds: 5 };
  const options = { name: 'Downlink/DeliverMethod', deadlineMs: 10_000 };
  const taken = signal === undefined ? {} : { signal };
  return callUnary(client.deliverMethod.bind(client), request, { ...options, ...taken });
}

function notify(connectionId: string, ...versions: bigint[]) {
  const committedAt = new Date();
  const changes = versions.map((version) => ({ version, json: `{"v":${version}}`, committedAt }));
  const options = { name: 'Downlink/NotifyDesired', deadlineMs: 5_000 };
  return callUnary(client.notifyDesired.bind(client), { connectionId, changes }, options);
}

describe('DeliverMethod', () => {
  test.each([-1, 200])('brings back the status %d and the bytes of the device', async (status) => {
    const { client: device, connection } = await connect(`status${status}`);
    const answer = deliver(connection.id);
    expect((await device.receive(3))[2]).toMatchObject({ payload: Buffer.from('{"x": 1}') });
    device.send(publishPacket(`$iothub/methods/res/${status}/?$rid=1`, ' [1.0] '));
    expect(await answer).toEqual({ status: BigInt(status), payloadJson: Buffer.from(' [1.0] ') });
  });

  test('the device is waited for a little shorter than its back end waits', async () => {
    const { client: device, connection } = await connect('in-time');
    const callMethod = jest.spyOn((await connection.downlink())!, 'callMethod');
    const answer = deliver(connection.id);
    await device.receive(3);
    device.send(publishPacket('$iothub/methods/res/200/?$rid=1', ''));
    await answer;
    expect(callMethod.mock.calls[0]).toMatchObject([{ responseTimeoutMs: 4_900 }, {}]);
  });

  test('a caller that takes it back makes room for others', async () => {
    const { client: device, connection } = await connect('taken-back');
    const caller = new AbortController();
    const answers = Array.from({ length: 10 }, () => deliver(connection.id, caller.signal));
    await device.receive(12);
    await expect(deliver(connection.id)).rejects.toMatchObject({
      code: 'DeviceMaximumInflightMethodExceeded',
    });
    caller.abort();
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
    device.stream.on('data', () => {
      device.send(publishPacket('$iothub/methods/res/200/?$rid=b', ''));
    });
    // The gateway hears of the ten a moment after their caller.
    await eventuallyPasses(async () => {
      expect(await deliver(connection.id)).toMatchObject({ payloadJson: Buffer.from('null') });
    });
  });

  test('the end of the connection is told', async () => {
    const { client: device, connection } = await connect('leaving');
    const answer = deliver(connection.id);
    await device.receive(3);
    device.send({ cmd: 'disconnect' });
    await expect(answer).rejects.toMatchObject({ code: 'DeviceConnectionClosedRemotely' });
    await expect(deliver(connection.id)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });
});

describe('NotifyDesired', () => {
  test('tells the device of each change, once', async () => {
    const { client: device, connection } = await connect('notified');
    await notify(connection.id, 2n, 3n);
    await notify(connection.id, 3n, 4n);
    await device.receive(5);
    await turns();
    expect(device.packets.slice(2)).toMatchObject(
      [2, 3, 4].map((version) => ({
        topic: `$iothub/twin/PATCH/properties/desired/?$version=${version}`,
        payload: Buffer.from(`{"v":${version}}`),
      })),
    );
  });

  test('a connection that is not held here is not online', async () => {
    await expect(notify('unknown', 2n)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });
});

describe('NotifyMessages', () => {
  function notifyMessages(connectionId: string) {
    const options = { name: 'Downlink/NotifyMessages', deadlineMs: 5_000 };
    return callUnary(client.notifyMessages.bind(client), { connectionId }, options);
  }

  test('has the gateway ask for what waits', async () => {
    const { client: device, connection } = await gateway.connect({ clientId: 'listening' });
    device.send(subscribePacket(1, [['devices/listening/messages/devicebound/#', 1]]));
    await device.receive(2);
    gateway.messages.send('h/listening', 'command');
    expect(await notifyMessages(connection.id)).toEqual({});
    expect((await device.receive(3))[2]).toMatchObject({ payload: Buffer.from('command') });
  });

  test('a connection that is not subscribed, or not held here, is not online', async () => {
    const { connection } = await connect('deaf');
    await expect(notifyMessages(connection.id)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
    await expect(notifyMessages('unknown')).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });

  test('a module is not online for messages, whatever it is subscribed to', async () => {
    const { client: module, connection } = await gateway.connect({ clientId: 'd1/m1' });
    module.send(subscribePacket(1, [['devices/d1/modules/m1/messages/devicebound/#', 1]]));
    await module.receive(2);
    await expect(notifyMessages(connection.id)).rejects.toMatchObject({ code: 'DeviceNotOnline' });
  });
});
