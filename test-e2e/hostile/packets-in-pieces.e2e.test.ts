/** Packets that never end, of those who mean harm: the memory that they take is not that of others. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { azureLimits } from '@linchpin/wire';
import { generate } from 'mqtt-packet';
import { createHub } from '../support/administration.js';
import { eventsTopic, open } from '../support/device-client.js';
import { GatewayVitals } from '../support/gateway-vitals.js';
import { hub } from '../support/hub.js';
import { field, remainingLength, uint16 } from '../support/hostile/raw-packet.js';
import { inParallel } from '../support/in-parallel.js';
import { MqttClient } from '../support/mqtt-client.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice, type TestIdentity } from '../support/registry.js';

const gateway = 'gateway-1';
/** Of LINCHPIN_PARTIAL_PACKET_BYTES_MAX, before and behind CONNECT. */
const [strangersBytes, connectedBytes] = [16 * 1_048_576, 48 * 1_048_576];
/** Beside the large ones, so that not even a small packet finds room that is anybody's. */
const smallerBytes = [128, 64, 32, 16, 8, 4, 2, 1, 0.5, 0.25].map((kibibytes) => kibibytes * 1_024);

let vitals: GatewayVitals;
let other: TestIdentity;

beforeAll(async () => {
  vitals = new GatewayVitals();
  const name = `pieces-${Date.now()}`;
  const access = await createHub(name, `${name}.example.net`);
  other = await createDevice('d1', {}, access);
});

afterAll(() => {
  vitals.expectUnharmed();
});

/** Sizes of packets that want a little more than all of that memory. */
function sizesBeyond(bytes: number, packetBytes: number): number[] {
  const large = Array<number>(Math.ceil(bytes / packetBytes)).fill(packetBytes);
  return [...large, ...smallerBytes];
}

/** A packet that says it were so long, without its last 100 bytes. */
function unended(firstByte: number, begin: Buffer, bytes: number): Buffer {
  const rest = Buffer.alloc(Math.max(0, bytes - 100 - begin.length));
  return Buffer.concat([Buffer.from([firstByte]), remainingLength(bytes), begin, rest]);
}

/** All of it is on its way, or the hub has ended the connection. */
async function pour(client: MqttClient, bytes: Buffer): Promise<void> {
  const written = new Promise<void>((resolve) => {
    client.socket.write(bytes, () => {
      resolve();
    });
  });
  await Promise.race([written, client.closed]);
}

/** Connects, sends a small message and one that comes in pieces, each acknowledged. */
async function beServed(identity: TestIdentity): Promise<void> {
  const client = await open(identity, {}, { gateway, from: '127.0.3.2' });
  await client.publish(eventsTopic(identity), 'small', 1);
  await client.publish(eventsTopic(identity), Buffer.alloc(100_000), 2);
  await client.disconnect();
}

/** While the attackers keep what they can, a device of another address and hub comes five times. */
async function expectNoHarm(attackers: readonly MqttClient[], what: string): Promise<void> {
  await delay(500);
  const kept = attackers.filter(({ isClosed }) => !isClosed).length;
  printFigures(what, { sent: attackers.length, kept, ...vitals.figures });
  expect(kept).toBeGreaterThan(0);
  try {
    for (let time = 0; time < 5; time++) {
      await beServed(other);
    }
  } finally {
    for (const attacker of attackers) {
      attacker.destroy();
    }
  }
}

test('CONNECTs of one address that never end keep no device of another from connecting', async () => {
  const sizes = sizesBeyond(strangersBytes, azureLimits.mqttConnectLengthMax);
  const begin = Buffer.concat([field('MQTT'), Buffer.from([4, 2, 0, 60])]);
  const attackers = await inParallel(sizes, 16, async (bytes) => {
    const attacker = await MqttClient.open({ gateway, from: '127.0.3.1' });
    await pour(attacker, unended(0x10, begin, bytes));
    return attacker;
  });
  await expectNoHarm(attackers, 'CONNECTs that never end');
});

test('messages of one hub’s devices that never end keep no device of another hub away', async () => {
  const sizes = sizesBeyond(connectedBytes, azureLimits.messageBytesMax);
  const attackers = await inParallel(sizes, 16, async () => {
    const identity = await createDevice();
    return open(identity, {}, { gateway, from: '127.0.3.1' });
  });
  const begin = Buffer.concat([field('devices/any/messages/events/'), uint16(1)]);
  await inParallel(attackers, 16, (attacker, index) =>
    pour(attacker, unended(0x32, begin, sizes[index]!)),
  );
  await expectNoHarm(attackers, 'messages that never end');
});

test('the smallest packets behind CONNECT take no more memory than their bytes', async () => {
  const attackers = await inParallel(Array<number>(800).fill(0), 16, (_, index) =>
    MqttClient.open({ gateway, from: index % 2 === 0 ? '127.0.3.1' : '127.0.3.3' }),
  );
  const connect = generate({
    ...{ cmd: 'connect', clientId: 'd', clean: true, protocolVersion: 4, protocolId: 'MQTT' },
    ...{ username: `${hub.host}/d/?api-version=2021-04-12`, password: Buffer.from('no token') },
  });
  const pings = Buffer.from('c000'.repeat(8_000), 'hex');
  await inParallel(attackers, attackers.length, (attacker) =>
    pour(attacker, Buffer.concat([connect, pings])),
  );
  await Promise.all(attackers.map(({ closed }) => closed));
  printFigures('packets of two bytes', { ...vitals.figures });
  await beServed(other);
});
