/** What a device notices while the hub takes no more: it is slowed down, not cut off. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generate } from 'mqtt-packet';
import { eventsTopic, open } from '../support/device-client.js';
import { KafkaReader } from '../support/kafka-reader.js';
import { signal } from '../support/processes.js';
import { createDevice, type TestIdentity } from '../support/registry.js';

/** More than the gateway takes from one connection before it reads on. */
const floodCount = 5_000;

let reader: KafkaReader;

beforeAll(async () => {
  reader = await KafkaReader.from();
});

afterAll(async () => {
  await reader.close();
});

/** PUBLISH packets of these ids, each with its id in the body. */
function publishes(device: TestIdentity, ids: readonly number[]): Buffer {
  const topic = eventsTopic(device);
  const packets = ids.map((messageId) =>
    generate({
      cmd: 'publish',
      topic,
      payload: String(messageId).padEnd(1_000),
      qos: 1,
      messageId,
      dup: false,
      retain: false,
    }),
  );
  return Buffer.concat(packets);
}

test('device-mqtt 62: PUBACKs wait while nothing is stored, PINGRESP does not, nobody is cut off', async () => {
  const [modest, greedy] = [await createDevice(), await createDevice()];
  const [modestClient, greedyClient] = [await open(modest), await open(greedy)];
  const few = Array.from({ length: 20 }, (_, index) => index + 1);
  const many = Array.from({ length: floodCount }, (_, index) => index + 1);
  signal('kafka', 'SIGSTOP');
  try {
    greedyClient.sendBytes(publishes(greedy, many));
    modestClient.sendBytes(publishes(modest, few));
    modestClient.send({ cmd: 'pingreq' });
    await modestClient.expect('pingresp');
    modestClient.send({ cmd: 'pingreq' });
    await modestClient.receive(3);
    expect(modestClient.commands).toEqual(['connack', 'pingresp', 'pingresp']);
    expect(greedyClient.commands).toEqual(['connack']);
  } finally {
    signal('kafka', 'SIGCONT');
  }

  await modestClient.receive(3 + few.length);
  await greedyClient.receive(1 + many.length);
  for (const [device, client, ids] of [
    [modest, modestClient, few],
    [greedy, greedyClient, many],
  ] as const) {
    const acknowledged = client.received.flatMap((packet) =>
      packet.cmd === 'puback' ? [packet.messageId] : [],
    );
    expect(acknowledged).toEqual(ids);
    const stored = await reader.waitFor(device.deviceId, ids.length);
    expect(stored.map(({ value }) => Number(value))).toEqual(ids);
    await client.disconnect();
  }
});
