/** Devices that ask for their twin, or answer, as no device should: each is answered or ended, and harms nobody. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { readReported, updateDesired } from '../support/back-end.js';
import { open } from '../support/device-client.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { field, rawPacket, uint16 } from '../support/hostile/raw-packet.js';
import type { MqttClient } from '../support/mqtt-client.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice, type TestIdentity } from '../support/registry.js';
import { serviceFilters } from '../support/session-probe.js';

const reported = '$iothub/twin/PATCH/properties/reported/?$rid=';

let vitals: GatewayVitals;
let device: TestIdentity;

beforeAll(async () => {
  vitals = new GatewayVitals();
  device = await createDevice();
});

afterAll(() => {
  vitals.expectUnharmed();
});

async function listen(identity: TestIdentity): Promise<MqttClient> {
  const client = await open(identity);
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: serviceFilters });
  await client.expect('suback');
  return client;
}

function request(topic: string, payload: string | Buffer = ''): Buffer {
  return rawPacket(0x30, Buffer.concat([field(topic), Buffer.from(payload)]));
}

/** The status of the first answer under this request id. */
async function statusOf(client: MqttClient, requestId: string): Promise<string> {
  const end = `/?$rid=${requestId}`;
  const answer = await client.expect('publish', ({ topic }) => topic.includes(end));
  return answer.topic.slice('$iothub/twin/res/'.length).slice(0, 3);
}

test('request ids come back as they are, up to 1,024 characters; longer ones close', async () => {
  const client = await listen(device);
  for (const requestId of ['0', '%2F', 'ü€😀', '../?$rid', 'r'.repeat(1_024)]) {
    client.sendBytes(request(`$iothub/twin/GET/?$rid=${requestId}`));
    expect(await statusOf(client, requestId)).toBe('200');
  }
  client.sendBytes(request(`$iothub/twin/GET/?$rid=${'r'.repeat(1_025)}`));
  await client.closed;
});

test('a patch of 256 KB is answered, as are such that are none, and nothing changes', async () => {
  const identity = await createDevice();
  const client = await listen(identity);
  const patches: readonly (readonly [string, string | Buffer])[] = [
    ['413', `{"a":"${'x'.repeat(262_000)}"}`],
    ['400', `{"a":"${'x'.repeat(100_000)}"}`],
    ['400', '{"a":'],
    ['400', 'null'],
    ['400', '[]'],
    ['400', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['400', '{"a":'.repeat(20_000)],
    ['400', '{"$a":1}'],
    ['400', '{"a":[null]}'],
    ['400', '{"a":"\\u0000"}'],
  ];
  const statuses: string[] = [];
  for (const [index, [, patch]] of patches.entries()) {
    client.sendBytes(request(`${reported}p${index}`, patch));
    statuses.push(await statusOf(client, `p${index}`));
  }
  expect(statuses).toEqual(patches.map(([status]) => status));
  expect((await readReported(identity)).$version).toBe(1);
  await client.disconnect();
});

test('a flood of patches that nobody reads the answers of is read no further, and hurts no other', async () => {
  const client = await listen(await createDevice());
  client.socket.pause();
  const patch = request(`${reported}${'r'.repeat(1_000)}`, `{"a":"${'x'.repeat(3_000)}"}`);
  const block = Buffer.concat(Array.from({ length: 50 }, () => patch));
  for (let sent = 0; sent < 200; sent++) {
    client.sendBytes(block);
  }
  const bystander = await listen(device);
  for (let read = 0; read < 20; read++) {
    bystander.sendBytes(request(`$iothub/twin/GET/?$rid=b${read}`));
    expect(await statusOf(bystander, `b${read}`)).toBe('200');
  }
  printFigures('patches without readers', vitals.figures);
  client.destroy();
  await bystander.disconnect();
});

test('thousands of responses that nobody asked for are acknowledged and dropped', async () => {
  const client = await listen(await createDevice());
  const count = 5_000;
  const responses = Array.from({ length: count }, (_, index) => {
    const topic = field(`$iothub/methods/res/200/?$rid=${index.toString(36)}`);
    return rawPacket(0x32, Buffer.concat([topic, uint16(index + 1), Buffer.from('{"a":1}')]));
  });
  client.sendBytes(Buffer.concat(responses));
  const acknowledged = () => client.received.filter(({ cmd }) => cmd === 'puback').length;
  await eventually(() => acknowledged() === count);
  expect(client.isClosed).toBe(false);
  await client.disconnect();
});

test('a device that reads nothing while its twin changes all day is ended in the end', async () => {
  const identity = await createDevice();
  const client = await listen(identity);
  client.socket.pause();
  const large = Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [`p${index}`, 'x'.repeat(4_000)]),
  );
  const metric = 'linchpin_gateway_connections_ended_total';
  const ended = () => gatewaysCount(metric, { cause: 'not-reading' });
  const before = await ended();
  let told = 0;
  // What the network keeps is some megabytes.
  while ((await ended()) === before && told < 1_000) {
    await updateDesired(identity, { ...large, told });
    told += 1;
  }
  expect(await ended()).toBe(before + 1);
  client.socket.resume();
  printFigures('changes without a reader', { told, ...vitals.figures });
  await client.closed;

  const again = await listen(identity);
  again.sendBytes(request('$iothub/twin/GET/?$rid=1'));
  expect(await statusOf(again, '1')).toBe('200');
  await again.disconnect();
});
