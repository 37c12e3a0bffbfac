/** Devices of the hub under test that speak MQTT by the packet. */
import type { DeviceSocketOptions } from './device-socket.js';
import { MqttClient, type ConnectFields } from './mqtt-client.js';
import { connectFields, type TestIdentity } from './registry.js';

/** What CONNECT is answered with; the connection is closed again. */
export async function connectWith(fields: ConnectFields): Promise<number | 'closed'> {
  const client = await MqttClient.open();
  try {
    return await client.connect(fields);
  } finally {
    client.destroy();
  }
}

/** All that the hub says to a CONNECT, in hexadecimal, until the hub itself closes the connection. */
export async function answerTo(
  fields: ConnectFields,
  socket: DeviceSocketOptions = {},
): Promise<string> {
  const client = await MqttClient.open(socket);
  await client.connect(fields);
  await client.closed;
  return client.hex;
}

/** A connected device. @throws Error when it is refused */
export function open(
  identity: TestIdentity,
  fields: Partial<ConnectFields> = {},
  socket: DeviceSocketOptions = {},
): Promise<MqttClient> {
  return openWith({ ...connectFields(identity), ...fields }, socket);
}

/** The same with no other fields than these. */
export async function openWith(
  fields: ConnectFields,
  socket: DeviceSocketOptions = {},
): Promise<MqttClient> {
  const client = await MqttClient.open(socket);
  const code = await client.connect(fields);
  if (code !== 0) {
    client.destroy();
    throw new Error(`CONNECT was answered with ${code}`);
  }
  return client;
}

/** Where an identity sends its telemetry; a property bag may follow. */
export function eventsTopic({ deviceId, moduleId }: TestIdentity): string {
  return moduleId === undefined
    ? `devices/${deviceId}/messages/events/`
    : `devices/${deviceId}/modules/${moduleId}/messages/events/`;
}
