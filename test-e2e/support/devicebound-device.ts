/** Devices by the packet that take their messages (device-mqtt.md section 7). */
import type { IPublishPacket } from 'mqtt-packet';
import { open } from './device-client.js';
import type { DeviceSocketOptions } from './device-socket.js';
import type { ConnectFields, MqttClient } from './mqtt-client.js';
import type { TestIdentity } from './registry.js';

const subscribeId = 8;

export function deviceboundFilter({ deviceId }: TestIdentity): string {
  return `devices/${deviceId}/messages/devicebound/#`;
}

/** Resolves with the QoS that is granted. */
export async function subscribeToMessages(
  client: MqttClient,
  device: TestIdentity,
  qos: 0 | 1 = 1,
): Promise<unknown> {
  const { length } = client.received;
  const subscriptions = [{ topic: deviceboundFilter(device), qos }];
  client.send({ cmd: 'subscribe', messageId: subscribeId, subscriptions });
  const isNew = (suback: unknown) => client.received.indexOf(suback as never) >= length;
  return (await client.expect('suback', isNew)).granted[0];
}

/** Connected and subscribed. */
export async function openForMessages(
  device: TestIdentity,
  fields: Partial<ConnectFields> = {},
  socket: DeviceSocketOptions = {},
): Promise<MqttClient> {
  const client = await open(device, fields, socket);
  await subscribeToMessages(client, device);
  return client;
}

/** What came of messages, in order. */
export function takenBy(client: MqttClient): IPublishPacket[] {
  return client.received.filter(
    (packet): packet is IPublishPacket =>
      packet.cmd === 'publish' && packet.topic.includes('/messages/devicebound/'),
  );
}

/** Their bodies. */
export function bodiesTaken(client: MqttClient): string[] {
  return takenBy(client).map(({ payload }) => payload.toString());
}

/** Waits for the message with this body, and leaves it unacknowledged. */
export function takeMessage(client: MqttClient, body: string): Promise<IPublishPacket> {
  return client.expect('publish', ({ payload }) => payload.toString() === body);
}

export function acknowledge(client: MqttClient, { messageId }: IPublishPacket): void {
  client.send({ cmd: 'puback', ...(messageId !== undefined && { messageId }) });
}

/** The same, once it has come. */
export async function takeAndAcknowledge(client: MqttClient, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    acknowledge(client, await takeMessage(client, body));
  }
}
