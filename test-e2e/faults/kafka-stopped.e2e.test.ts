/** Kafka stands still while devices send: nothing is lost, nobody is cut off, and memory is bounded. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { connectIdle, disconnectAll, type IdleDevice } from '../support/load/idle-devices.js';
import { expectKept, underLoad } from '../support/load/under-load.js';
import { mebibytes } from '../support/resident-bytes.js';
import { printFigures } from '../support/print-figures.js';
import { gatewayNames, metric, signal } from '../support/processes.js';
import { updateDevice } from '../support/registry.js';

async function withoutKafka(meanwhile: () => Promise<void>): Promise<void> {
  signal('kafka', 'SIGSTOP');
  try {
    await meanwhile();
  } finally {
    signal('kafka', 'SIGCONT');
  }
}

test('Kafka stops for 60 s under load', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000, window: 100 };
  let revoked: IdleDevice[] = [];
  const report = await underLoad('60 s without Kafka', load, async () => {
    revoked = (await Promise.all(gatewayNames.map((name) => connectIdle(1, name)))).flat();
    await withoutKafka(async () => {
      await delay(30_000);
      for (const { identity } of revoked) {
        await updateDevice(identity.deviceId, { status: 'disabled' });
      }
      await delay(30_000);
    });
    // Whom a change cuts off, it cuts off as soon as gateways can hear of it.
    await Promise.all(revoked.map(({ client }) => client.closed));
  });

  expectKept(report);
  expect(report.restarted).toEqual([]);
  expect(report.figures.disconnects).toBe(0);
});

/** LINCHPIN_PENDING_TELEMETRY_BYTES_MAX, and what each connection may have in hand when it is reached. */
const pendingBytesMax = 64 * 1_048_576;
const bytesInHandMax = 64 * 1_024;

test('Kafka stops while devices send more than gateways may hold', async () => {
  const load = { devices: 100, messagesPerSecond: 2_000, window: 200, payloadBytes: 16_384 };
  let pendingBytes: number[] = [];
  let offeredBytes = 0;
  const bystanders = await connectIdle(10, 'gateway-1');
  const report = await underLoad('15 s without Kafka, flooded', load, async ({ devices }) => {
    await withoutKafka(async () => {
      const sent = devices.map(({ sent: count }) => count);
      await delay(15_000);
      pendingBytes = await Promise.all(
        gatewayNames.map((name) => metric(name, 'linchpin_telemetry_pending_bytes')),
      );
      const messages = devices.map(({ sent: count }, index) => count - sent[index]!);
      offeredBytes = messages.reduce((total, count) => total + count * load.payloadBytes, 0);
      // Who has nothing waiting is still heard.
      await Promise.all(bystanders.map(({ client }) => ping(client)));
    });
  });

  expectKept(report);
  expect(report.figures.disconnects).toBe(0);
  const bound = pendingBytesMax + load.devices * bytesInHandMax;
  expect(offeredBytes).toBeGreaterThan(2 * bound);
  for (const bytes of pendingBytes) {
    // One that was full before takes on nothing until a quarter of it is stored.
    expect(bytes).toBeGreaterThan(0.75 * pendingBytesMax);
    expect(bytes).toBeLessThan(bound);
  }
  printFigures('without Kafka', {
    offered: mebibytes(offeredBytes),
    'pending in a gateway at most': mebibytes(Math.max(...pendingBytes)),
  });
  await disconnectAll(bystanders);
});

async function ping(client: IdleDevice['client']): Promise<void> {
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp');
}
