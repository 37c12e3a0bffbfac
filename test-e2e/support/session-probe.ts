/**
 * What a session kept, seen from outside: a twin request is answered only to a connection that is
 * subscribed to twin responses, and a sixth subscription ends a connection.
 */
import { eventsTopic } from './device-client.js';
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

/** Whether a twin request is answered, by the time that a later publish is acknowledged. */
export async function hearsTwinResponses(
  client: MqttClient,
  device: TestIdentity,
): Promise<boolean> {
  client.send({
    cmd: 'publish',
    topic: '$iothub/twin/GET/?$rid=r-1',
    payload: ' ',
    qos: 0,
    dup: false,
    retain: false,
  });
  await client.publish(eventsTopic(device), 'after', 77);
  return client.received.some(
    (packet) => packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/'),
  );
}
