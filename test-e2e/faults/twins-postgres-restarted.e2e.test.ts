/** PostgreSQL restarts while devices report properties and back ends want others: nothing acknowledged is lost. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { open } from '../support/device-client.js';
import { hub } from '../support/hub.js';
import { KafkaReader } from '../support/kafka-reader.js';
import type { MqttClient } from '../support/mqtt-client.js';
import { printFigures } from '../support/print-figures.js';
import { restart, waitUntilAllReady } from '../support/processes.js';
import { createDevice, request, type TestIdentity } from '../support/registry.js';

const devicesCount = 20;

interface Section {
  readonly $version: number;
  readonly n?: number;
}

interface TwinJson {
  readonly version: number;
  readonly properties: { readonly desired: Section; readonly reported: Section };
}

/** What was acknowledged, in order: the number that was written, and the version that it came to. */
interface Written {
  readonly n: number;
  readonly version: number;
}

interface WrittenCounts {
  readonly acknowledged: readonly Written[];
  readonly refused: number;
}

test.each(['SIGINT', 'SIGKILL'] as const)(
  'PostgreSQL restarts after %s: no acknowledged change of a twin is lost, and each has its event',
  async (how) => {
    const reader = await KafkaReader.from(hub.hubEventsTopic);
    const devices = await Promise.all(
      Array.from({ length: devicesCount }, () => createDevice(`twins-${randomUUID()}`)),
    );
    const clients = await Promise.all(devices.map((device) => subscribed(device)));
    const over = new AbortController();
    const reporting = clients.map((client) => reportUntil(client, over.signal));
    const wanting = devices.map(({ deviceId }) => wantUntil(deviceId, over.signal));

    await delay(2_000);
    await restart('postgres', how);
    await waitUntilAllReady();
    await delay(3_000);
    over.abort();
    const reported = await Promise.all(reporting);
    const wanted = await Promise.all(wanting);
    const twins = await Promise.all(devices.map(({ deviceId }) => readTwin(deviceId)));

    for (const [index, { properties }] of twins.entries()) {
      expectKept(reported[index]!, properties.reported);
      expectKept(wanted[index]!, properties.desired);
    }
    await reader.waitUntil(() =>
      devices.every(({ deviceId }, index) => {
        const { reported: last, desired } = twins[index]!.properties;
        return (
          versionsOf(reader, deviceId, 'reported').includes(last.$version) &&
          versionsOf(reader, deviceId, 'desired').includes(desired.$version)
        );
      }),
    );
    for (const [index, { deviceId }] of devices.entries()) {
      const { reported: last, desired } = twins[index]!.properties;
      expect(distinct(versionsOf(reader, deviceId, 'reported'))).toEqual(upTo(last.$version));
      expect(distinct(versionsOf(reader, deviceId, 'desired'))).toEqual(upTo(desired.$version));
    }
    const all = [...reported, ...wanted];
    const events = devices.flatMap(({ deviceId }) => eventsOf(reader, deviceId));
    printFigures(`${how} of postgres under changes of twins`, {
      acknowledged: all.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
      refused: all.reduce((sum, { refused }) => sum + refused, 0),
      events: events.length,
    });
    expect(all.every(({ acknowledged }) => acknowledged.length > 0)).toBe(true);
    for (const client of clients) {
      client.destroy();
    }
    await reader.close();
  },
);

/** Versions rise, and what was acknowledged last is there, or something later. */
function expectKept({ acknowledged }: WrittenCounts, section: Section): void {
  const versions = acknowledged.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
  const last = acknowledged.at(-1)!;
  expect(section.$version).toBeGreaterThanOrEqual(last.version);
  expect(section.n).toBeGreaterThanOrEqual(last.n);
}

async function subscribed(device: TestIdentity): Promise<MqttClient> {
  const client = await open(device);
  const subscriptions = [{ topic: '$iothub/twin/res/#', qos: 0 as const }];
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions });
  await client.expect('suback');
  return client;
}

/** One patch after the other, each with the next number. */
async function reportUntil(client: MqttClient, over: AbortSignal): Promise<WrittenCounts> {
  const acknowledged: Written[] = [];
  let refused = 0;
  for (let n = 1; !over.aborted; n += 1) {
    const topic = `$iothub/twin/PATCH/properties/reported/?$rid=${n}`;
    client.send({
      cmd: 'publish',
      topic,
      payload: JSON.stringify({ n }),
      qos: 0,
      dup: false,
      retain: false,
    });
    const answer = await client.expect('publish', (packet) =>
      new RegExp(`\\?\\$rid=${n}(&|$)`).test(packet.topic),
    );
    const [, version] = /res\/204\/.*\$version=(\d+)/.exec(answer.topic) ?? [];
    if (version === undefined) {
      refused += 1;
    } else {
      acknowledged.push({ n, version: Number(version) });
    }
  }
  return { acknowledged, refused };
}

async function wantUntil(deviceId: string, over: AbortSignal): Promise<WrittenCounts> {
  const acknowledged: Written[] = [];
  let refused = 0;
  for (let n = 1; !over.aborted; n += 1) {
    const body = { properties: { desired: { n } } };
    const response = await request('PATCH', `/twins/${deviceId}`, body);
    if (response.ok) {
      const { properties } = (await response.json()) as TwinJson;
      acknowledged.push({ n, version: properties.desired.$version });
    } else {
      await response.arrayBuffer();
      refused += 1;
    }
  }
  return { acknowledged, refused };
}

async function readTwin(deviceId: string): Promise<TwinJson> {
  const response = await request('GET', `/twins/${deviceId}`);
  expect(response.status).toBe(200);
  return (await response.json()) as TwinJson;
}

function eventsOf(reader: KafkaReader, deviceId: string): readonly Partial<TwinJson>[] {
  return reader.all
    .filter(
      ({ headers }) =>
        headers['deviceId'] === deviceId && headers['iothub-message-source'] === 'twinChangeEvents',
    )
    .map(({ value }) => JSON.parse(value.toString()) as Partial<TwinJson>);
}

function versionsOf(
  reader: KafkaReader,
  deviceId: string,
  section: 'desired' | 'reported',
): readonly number[] {
  return eventsOf(reader, deviceId).flatMap(
    ({ properties }) => (properties as Partial<TwinJson['properties']>)[section]?.$version ?? [],
  );
}

/** In the order of their first coming: an event may come twice. */
function distinct(versions: readonly number[]): readonly number[] {
  return [...new Set(versions)];
}

/** Of a section's changes: the first one makes 2. */
function upTo(version: number): readonly number[] {
  return Array.from({ length: version - 1 }, (_, index) => index + 2);
}
