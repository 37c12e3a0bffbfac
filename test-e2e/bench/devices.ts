/** The identities that the load generator connects as: made through the service REST API. */
import { generate } from 'mqtt-packet';
import { inParallel } from '../support/in-parallel.js';
import { connectFields, createDevice, tokenOf, type TestIdentity } from '../support/registry.js';

export interface Device {
  readonly id: string;
  readonly generationId: string;
  /** Of its own key; any other server may ignore who it is. */
  readonly token: string;
  /** CONNECT with the token. */
  readonly connectPacket: Buffer;
}

const requestsMax = 16;
const tokenValidMs = 24 * 3_600_000;
/** Longer than any connection of the benchmark is silent. */
const keepAliveSeconds = 240;

export async function createDevices(count: number): Promise<readonly Device[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return inParallel(numbers, requestsMax, async (number) =>
    toDevice(await createDevice(`bench-${String(number).padStart(5, '0')}`)),
  );
}

function toDevice(identity: TestIdentity): Device {
  const token = tokenOf(identity, new Date(Date.now() + tokenValidMs));
  const connectPacket = generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: keepAliveSeconds,
    ...connectFields(identity),
    password: Buffer.from(token),
  });
  return { id: identity.deviceId, generationId: identity.generationId, token, connectPacket };
}
