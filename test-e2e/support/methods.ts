/** Direct methods of the hub under test, and devices by the packet that take them. */
import type { DeviceIdentityId } from '@linchpin/wire';
import { open } from './device-client.js';
import type { DeviceSocketOptions } from './device-socket.js';
import { hub } from './hub.js';
import type { MqttClient } from './mqtt-client.js';
import { headersFor, type TestIdentity } from './registry.js';

interface MethodOutcome {
  readonly status: number;
  readonly text: string;
  /** The header iothub-errorcode. */
  readonly errorName: string | null;
  /** What the nested body says; undefined for a success. */
  readonly error: { readonly errorCode: number; readonly message: string } | undefined;
}

/** @param body a text goes as it is */
export async function invokeMethod(
  { deviceId, moduleId }: DeviceIdentityId,
  body: object | string,
  signal: AbortSignal | null = null,
): Promise<MethodOutcome> {
  const device = `/twins/${encodeURIComponent(deviceId)}`;
  const path =
    moduleId === undefined ? device : `${device}/modules/${encodeURIComponent(moduleId)}`;
  const response = await fetch(`https://${hub.host}${path}/methods?api-version=2021-04-12`, {
    method: 'POST',
    headers: headersFor(hub),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  const { status } = response;
  const { Message } = JSON.parse(text) as { Message?: string };
  return {
    status,
    text,
    errorName: response.headers.get('iothub-errorcode'),
    error: Message === undefined ? undefined : (JSON.parse(Message) as MethodOutcome['error']),
  };
}

export async function subscribeToMethods(client: MqttClient): Promise<void> {
  const messageId = 7;
  const subscriptions = [{ topic: '$iothub/methods/POST/#', qos: 0 as const }];
  client.send({ cmd: 'subscribe', messageId, subscriptions });
  await client.expect('suback', (suback) => suback.messageId === messageId);
}

/** Connected, and subscribed to methods. */
export async function openForMethods(
  identity: TestIdentity,
  socket: DeviceSocketOptions = {},
): Promise<MqttClient> {
  const client = await open(identity, {}, socket);
  await subscribeToMethods(client);
  return client;
}

interface TakenMethod {
  readonly topic: string;
  readonly payload: string;
  readonly requestId: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** The request by that name that came or comes. */
export async function takeMethod(client: MqttClient, name: string): Promise<TakenMethod> {
  const begin = `$iothub/methods/POST/${name}/`;
  const { topic, payload, qos, retain } = await client.expect('publish', (packet) =>
    packet.topic.startsWith(begin),
  );
  const requestId = topic.slice(topic.indexOf('?$rid=') + '?$rid='.length);
  return { topic, payload: payload.toString(), requestId, qos, retain };
}

/** QoS 0, as Node's SDK responds. */
export function respond(
  client: MqttClient,
  requestId: string,
  status: number,
  payload: string | Buffer = '',
): void {
  const topic = `$iothub/methods/res/${status}/?$rid=${requestId}`;
  client.send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
}
