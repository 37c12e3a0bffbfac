/**
 * A device moves between gateways while a back end changes what it is to do: no version comes twice or out of order,
 * none is missing behind the read with which it began, and the newest can always be read.
 */
import { expect, test } from '@jest/globals';
import { readDesired, updateDesired } from '../support/back-end.js';
import { open } from '../support/device-client.js';
import type { MqttClient } from '../support/mqtt-client.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice, type TestIdentity } from '../support/registry.js';
import { serviceFilters } from '../support/session-probe.js';

const movesCount = 12;
const notification = '$iothub/twin/PATCH/properties/desired/?$version=';
const gateways = ['gateway-1', 'gateway-2'] as const;

/** How the device leaves the one gateway for the other. */
const ways = [
  ['a takeover', async (_former: MqttClient, connect: () => Promise<MqttClient>) => connect()],
  [
    'DISCONNECT',
    async (former: MqttClient, connect: () => Promise<MqttClient>) => {
      await former.disconnect();
      return connect();
    },
  ],
  [
    'a lost line',
    async (former: MqttClient, connect: () => Promise<MqttClient>) => {
      former.destroy();
      return connect();
    },
  ],
] as const;

test.each(ways)(
  'desired changes reach a device that moves by %s',
  async (way, move) => {
    const device = await createDevice();
    const connections = [await connectTo(0, device)];
    await subscribe(connections[0]!);
    const over = new AbortController();
    const changing = changeUntil(device, over.signal);
    const reads = [await readVersion(connections[0]!)];

    for (let number = 1; number <= movesCount; number++) {
      const former = connections.at(-1)!;
      // Some changes reach each connection, at whatever moment it ends.
      await toldBeyond(former, reads.at(-1)! + 2);
      const client = await move(former, () => connectTo(number, device));
      connections.push(client);
      reads.push(await readVersion(client));
    }
    const last = connections.at(-1)!;
    await toldBeyond(last, reads.at(-1)! + 2);
    over.abort();
    const newest = await changing;
    await toldBeyond(last, newest);

    const told = connections.map((client) => versionsTold(client));
    expect(told.flat()).toEqual([...new Set(told.flat())].sort((one, other) => one - other));
    for (const [index, versions] of told.entries()) {
      const behindRead = versions.filter((version) => version > reads[index]!);
      expect(behindRead).toEqual(behindRead.map((_, at) => reads[index]! + 1 + at));
    }
    expect(await readVersion(last)).toBe(newest);
    expect((await readDesired(device)).$version).toBe(newest);
    printFigures(`desired changes, moves by ${way}`, {
      moves: movesCount,
      changes: newest - 1,
      told: told.flat().length,
    });
    await last.disconnect();
  },
  120_000,
);

function connectTo(number: number, device: TestIdentity): Promise<MqttClient> {
  return open(device, { clean: false }, { gateway: gateways[number % gateways.length]! });
}

/** Once: the session keeps it. */
async function subscribe(client: MqttClient): Promise<void> {
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: serviceFilters });
  await client.expect('suback');
}

/** One change after the other, each of them acknowledged. @returns the last version */
async function changeUntil(device: TestIdentity, over: AbortSignal): Promise<number> {
  let version = 1;
  for (let n = 1; !over.aborted; n++) {
    version = await updateDesired(device, { n });
  }
  return version;
}

let requests = 0;

/** Of the desired properties, as the device reads them. */
async function readVersion(client: MqttClient): Promise<number> {
  const requestId = `read-${++requests}`;
  const topic = `$iothub/twin/GET/?$rid=${requestId}`;
  client.send({ cmd: 'publish', topic, payload: '', qos: 0, dup: false, retain: false });
  const answer = await client.expect(
    'publish',
    (packet) => packet.topic === `$iothub/twin/res/200/?$rid=${requestId}`,
  );
  const { desired } = JSON.parse(answer.payload.toString()) as { desired: { $version: number } };
  return desired.$version;
}

function versionsTold({ received }: MqttClient): readonly number[] {
  return received.flatMap((packet) =>
    packet.cmd === 'publish' && packet.topic.startsWith(notification)
      ? Number(packet.topic.slice(notification.length))
      : [],
  );
}

/** Resolves when the connection has been told of that version, or of a later one. */
async function toldBeyond(client: MqttClient, version: number): Promise<void> {
  await client.expect(
    'publish',
    ({ topic }) =>
      topic.startsWith(notification) && Number(topic.slice(notification.length)) >= version,
  );
}
