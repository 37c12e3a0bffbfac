/**
 * What a session kept, seen from outside: a twin request is answered only to a connection that is
 * subscribed to twin responses, and a sixth subscription ends a connection.
 */
import { randomUUID } from 'node:crypto';
import { eventually } from '@linchpin/testing';
import { readReported } from './back-end.js';
import type { MqttClient } from './mqtt-client.js';
import type { TestIdentity } from './registry.js';

export const serviceFilters = [
  { topic: '$iothub/twin/res/#', qos: 0 as const },
  { topic: '$iothub/twin/PATCH/properties/desired/#', qos: 0 as const },
  { topic: '$iothub/methods/POST/#', qos: 0 as const },
];

/** Subscribes to more and more until the connection is closed. @returns how many were granted */
export async function subscriptionsLeft(
  { deviceId }: TestIdentity,
  client: MqttClient,
): Promise<number> {
  const others = [
    // No SDK under test asks for these.
    `devices/${deviceId}/messages/devicebound`,
    'devices/+/messages/devicebound/#',
    'devices/+/messages/devicebound',
    `devices/${deviceId}/messages/devicebound/#`,
    ...serviceFilters.map(({ topic }) => topic),
  ];
  for (const [granted, topic] of others.entries()) {
    const messageId = 100 + granted;
    client.send({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos: 1 }] });
    await client
      .expect('suback', (suback) => suback.messageId === messageId)
      .catch(() => undefined);
    if (client.isClosed) {
      return granted;
    }
  }
  return others.length;
}

/** Whether a twin request is answered, by the time that a later one can be seen to be done. */
export async function hearsTwinResponses(
  client: MqttClient,
  device: TestIdentity,
): Promise<boolean> {
  const probe = randomUUID();
  const packet = { cmd: 'publish', qos: 0, dup: false, retain: false } as const;
  const patch = '$iothub/twin/PATCH/properties/reported/?$rid=r-2';
  client.send({ ...packet, topic: '$iothub/twin/GET/?$rid=r-1', payload: ' ' });
  client.send({ ...packet, topic: patch, payload: JSON.stringify({ probe }) });
  await eventually(async () => (await readReported(device))['probe'] === probe);
  client.send({ cmd: 'pingreq' });
  await client.expect('pingresp');
  return client.received.some(
    (packet) => packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/'),
  );
}
