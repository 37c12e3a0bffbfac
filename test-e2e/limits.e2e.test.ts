/** security-limits.md sections 9 and 10: how much each hub may do, and what its clients notice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { administer, createHub, limitHub, type TestHub } from './support/administration.js';
import { eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { KafkaReader } from './support/kafka-reader.js';
import { Load, paceOf } from './support/load/load.js';
import { createDevice, type TestIdentity } from './support/registry.js';
import { printFigures } from './support/print-figures.js';

const free = { name: 'F1', capacity: 1 };
const standard = { name: 'S1', capacity: 1 };

interface QuotaMetrics {
  readonly value: readonly { name: string; currentValue: number; maxValue?: number }[];
}

/** A hub of a name that no run before has used, with devices that were made before it had limits. */
async function limitedHub(
  name: string,
  sku: typeof free,
): Promise<{
  readonly name: string;
  readonly access: TestHub;
  readonly device: TestIdentity;
}> {
  const unique = `${name}-${Date.now()}`;
  const access = await createHub(unique, `${unique}.example.net`);
  const device = await createDevice('d1', {}, access);
  await limitHub(unique, 'tier', sku);
  return { name: unique, access, device };
}

async function messagesOf(name: string): Promise<{ currentValue: number; maxValue?: number }> {
  const { body } = await administer('GET', `/${name}/quotaMetrics`);
  return (body as QuotaMetrics).value.find((metric) => metric.name === 'TotalMessages')!;
}

/** What gateways logged of the ends of a hub's connections: cause and code. */
function endsIn(name: string): string[] {
  const folder = join(hub.stateDir, 'logs');
  const lines = readdirSync(folder)
    .filter((file) => file.startsWith('gateway-'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return lines
    .filter((line) => line.includes(`"hub":"${name}"`) && line.includes('"connection ended"'))
    .map((line) => JSON.parse(line) as { cause: string; errorCode?: string })
    .map(({ cause, errorCode }) => `${cause} ${errorCode ?? ''}`);
}

test('security-limits 24: a message of 4.1 KB counts twice on S1', async () => {
  const { name, device } = await limitedHub('metered', standard);
  const client = await open(device);
  await client.publish(eventsTopic(device), 'x'.repeat(4_198), 1);
  await client.publish(eventsTopic(device), 'x'.repeat(4_096), 2);
  // What a gateway has leased counts, until it gives it back.
  await eventually(async () => (await messagesOf(name)).currentValue === 3);
  expect((await messagesOf(name)).maxValue).toBe(400_000);
  await client.disconnect();
});

test('security-limits 25, 40: after 8,000 of 0.5 KB on F1 the next one ends its connection', async () => {
  const { name, access, device } = await limitedHub('exhausted', free);
  const topic = eventsTopic(device);
  const client = await open(device);
  const large = Buffer.alloc(512 * 500);
  for (let id = 1; id <= 15; id++) {
    await client.publish(topic, large, id);
  }
  for (let id = 1; id <= 500; id++) {
    await client.publish(topic, Buffer.alloc(512), id);
  }
  expect(await messagesOf(name)).toEqual({
    name: 'TotalMessages',
    currentValue: 8_000,
    maxValue: 8_000,
  });
  const acknowledged = client.received.length;
  client.send({
    ...{ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: 600 },
    ...{ dup: false, retain: false },
  });
  await client.closed;
  expect(client.received).toHaveLength(acknowledged);

  // The device may come again, and learns no reason; whoever lifts the limit lets it send.
  const again = await open(device);
  await limitHub(name, 'unlimited', free);
  await eventually(() => endsIn(name).includes('hub-limit IotHubQuotaExceeded'));
  const reader = await KafkaReader.from(access.eventsTopic);
  await again.publish(topic, 'free at last', 1);
  await reader.waitUntil(() => reader.of('d1').length === 1);
  await again.disconnect();
  await reader.close();
});

test('a hub that is made again under its name has spent nothing of the day', async () => {
  const { name, access, device } = await limitedHub('again', standard);
  const client = await open(device);
  await client.publish(eventsTopic(device), 'the first hub', 1);
  await eventually(async () => (await messagesOf(name)).currentValue === 1);
  await administer('DELETE', `/${name}`);
  await client.closed;

  await eventually(async () => (await administer('GET', `/${name}`)).status === 404);
  const again = await createHub(name, access.host);
  const newDevice = await createDevice('d1', {}, again);
  await limitHub(name, 'tier', standard);
  expect((await messagesOf(name)).currentValue).toBe(0);
  const newcomer = await open(newDevice);
  await newcomer.publish(eventsTopic(newDevice), 'the second', 1);
  await eventually(async () => (await messagesOf(name)).currentValue === 1);
  await newcomer.disconnect();
});

test('five times what S1 allows: served at its rate over both gateways, nobody is cut off', async () => {
  const { name, access } = await limitedHub('busy', standard);
  await limitHub(name, 'unlimited', standard);
  const load = await Load.start({ of: access, devices: 20, messagesPerSecond: 4_000 });
  await limitHub(name, 'tier', standard);
  try {
    // First it may take what it has saved up in a minute.
    await eventually(async () => (await paceOf(load, 500)) < 200, 60_000);
    const from = load.figures.acknowledged;
    const perSecond = await paceOf(load, 8_000);
    const verdict = await load.finish();
    const { disconnects, refusals } = load.figures;
    printFigures('five times the rate of S1', {
      'accepted a second': perSecond,
      'PUBACK p50 ms': load.figures.pubackMs(0.5, from),
      'PUBACK max ms': load.figures.longestPubackMs(from),
      disconnects,
    });
    expect(perSecond).toBeGreaterThan(80);
    expect(perSecond).toBeLessThan(120);
    expect({ disconnects, refusals: [...refusals] }).toEqual({ disconnects: 0, refusals: [] });
    expect(verdict).toMatchObject({ missing: [], outOfOrder: [], duplicates: 0 });
  } finally {
    await load.stop();
  }
});
