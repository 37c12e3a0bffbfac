/** How much a hub of the tier S1 may ask of its twins, and what its devices and back ends are told beyond that. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { createHub, limitHub, type TestHub } from './support/administration.js';
import { eventsTopic, open } from './support/device-client.js';
import type { MqttClient } from './support/mqtt-client.js';
import { createDevice, type TestIdentity } from './support/registry.js';
import { askTwins, runQuery, type TwinAnswer } from './support/twin-requests.js';

let name: string;
let access: TestHub;

beforeEach(async () => {
  name = `twin-limits-${randomUUID().slice(0, 8)}`;
  access = await createHub(name, `${name}.example.net`);
});

function holdToTier(): Promise<void> {
  return limitHub(name, 'tier', { name: 'S1', capacity: 1 });
}

const response = '$iothub/twin/res/';

interface TwinClient {
  readonly device: TestIdentity;
  readonly client: MqttClient;
  /** To its twin requests, so far. */
  answers(): readonly { readonly status: string; readonly payload: Buffer }[];
}

async function connect(number: number): Promise<TwinClient> {
  const device = await createDevice(`d${number}`, {}, access);
  const client = await open(device);
  const subscriptions = [{ topic: `${response}#`, qos: 0 as const }];
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
  await client.expect('suback');
  const answers = () =>
    client.received.flatMap((packet) =>
      packet.cmd === 'publish'
        ? [{ status: packet.topic.slice(response.length, 20), payload: packet.payload as Buffer }]
        : [],
    );
  return { device, client, answers };
}

/** Fewer than may wait of one connection, so that what is refused is refused for the rate of the hub. */
const atOnce = 40;

test.each([
  ['reads', '$iothub/twin/GET/?$rid=', ''],
  ['patches', '$iothub/twin/PATCH/properties/reported/?$rid=', '{"a":1}'],
])(
  'device-mqtt 57: %s beyond the rate of S1 are 429, each is answered, and nobody is cut off',
  async (_, topic, payload) => {
    const devices = await Promise.all(Array.from({ length: 20 }, (__, number) => connect(number)));
    await holdToTier();
    const isRefused = () =>
      devices.some(({ answers }) => answers().some(({ status }) => status === '429'));
    let asked = 0;
    // First it may take what it has saved up in a minute.
    for (; !isRefused() && asked < 2_000; asked += atOnce) {
      await Promise.all(
        devices.map(async ({ client, answers }) => {
          for (let request = 0; request < atOnce; request++) {
            const packet = { cmd: 'publish', qos: 0, dup: false, retain: false } as const;
            client.send({ ...packet, topic: `${topic}${asked + request}`, payload });
          }
          await eventually(() => answers().length === asked + atOnce, 30_000);
        }),
      );
    }

    const answered = devices.flatMap(({ answers }) => answers());
    expect(answered).toHaveLength(asked * devices.length);
    expect(new Set(answered.map(({ status }) => status))).toEqual(
      new Set([payload === '' ? '200' : '204', '429']),
    );
    const refusals = answered.filter(({ status }) => status === '429');
    const codes = refusals.map(({ payload: json }) => errorCodeOf(json));
    expect([429002, 429003]).toEqual(expect.arrayContaining([...new Set(codes)]));
    for (const { device, client } of devices) {
      await client.publish(eventsTopic(device), 'still here', 1);
      client.destroy();
    }
  },
  90_000,
);

function errorCodeOf(json: Buffer): number {
  return (JSON.parse(json.toString()) as { errorCode: number }).errorCode;
}

test('security-limits 40: in a basic tier devices have no twins, back ends no twins and no methods', async () => {
  const { device, client, answers } = await connect(0);
  await limitHub(name, 'tier', { name: 'B1', capacity: 1 });
  let asked = 0;
  // Of the tier each process hears by itself.
  await eventually(async () => {
    const packet = { cmd: 'publish', qos: 0, dup: false, retain: false } as const;
    client.send({ ...packet, topic: `$iothub/twin/GET/?$rid=${++asked}`, payload: '' });
    await eventually(() => answers().length === asked);
    return answers().at(-1)?.status === '403';
  });
  expect(errorCodeOf(answers().at(-1)!.payload)).toBe(403010);
  const path = `/twins/${device.deviceId}`;
  const refusals = await Promise.all([
    askTwins(path, { access }),
    askTwins(`${path}/methods`, { method: 'POST', body: { methodName: 'm' }, access }),
  ]);
  for (const { status, headers } of refusals) {
    expect([status, headers.get('iothub-errorcode')]).toEqual([
      403,
      'OperationNotAvailableInCurrentTier',
    ]);
  }
  await client.publish(eventsTopic(device), 'telemetry has no tier', 1);
  await client.disconnect();
});

test('security-limits 28, query-language 22: a burst of 25 is not cut at 20; who goes on waits, then is 429', async () => {
  const run = (): Promise<TwinAnswer> => runQuery('SELECT * FROM devices', {}, access);
  await holdToTier();
  const burst = await Promise.all(Array.from({ length: 25 }, run));
  expect(burst.map(({ status }) => status)).toEqual(Array<number>(25).fill(200));

  const began = performance.now();
  const more = Array.from({ length: 12 }, async () => {
    const { status, headers } = await run();
    return { status, headers, tookMs: performance.now() - began };
  });
  const answers = await Promise.all(more);
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect(served.length + refused.length).toBe(12);
  expect(served.length).toBeGreaterThan(0);
  expect(Math.min(...served.map(({ tookMs }) => tookMs))).toBeGreaterThan(1_000);
  for (const { headers } of refused) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(refused.length).toBeGreaterThan(0);
}, 90_000);
