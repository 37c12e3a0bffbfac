/** Devices that are connected to one gateway, say nothing, and do not come back by themselves. */
import { open } from '../device-client.js';
import { inParallel } from '../in-parallel.js';
import type { MqttClient } from '../mqtt-client.js';
import type { GatewayName } from '../processes.js';
import type { TestIdentity } from '../registry.js';
import { createDevices } from './load.js';

export interface IdleDevice {
  readonly identity: TestIdentity;
  readonly client: MqttClient;
}

export async function connectIdle(count: number, gateway: GatewayName): Promise<IdleDevice[]> {
  const identities = await createDevices(count);
  return inParallel(identities, 16, async (identity) => {
    const client = await open(identity, { keepalive: 0 }, { gateway });
    return { identity, client };
  });
}

export function disconnectAll(devices: readonly IdleDevice[]): Promise<unknown> {
  return Promise.all(devices.map(({ client }) => client.disconnect()));
}
