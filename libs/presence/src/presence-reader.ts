import { LuaScript, type Redis } from '@linchpin/platform/redis';
import { identityKey, type DeviceIdentityId } from '@linchpin/wire';
import { presenceAnswer } from './presence-answer.js';
import type { PresenceKeys } from './presence-keys.js';

/** The connection by which an identity is reached. */
export interface Holder {
  readonly gatewayId: string;
  /** `host:port` of the gateway's gRPC; undefined when the gateway is gone. */
  readonly address: string | undefined;
  readonly connectionId: string;
  /** Of the hub and of the identity, as the gateway let them in: names alone may mean later ones. */
  readonly hubGeneration: string;
  readonly generationId: string;
}

/** KEYS presence, gateways. Returns gateway, connection, hub's generation, generation, address. */
const holderScript = new LuaScript(`
local holder = redis.call('HMGET', KEYS[1], 'gateway', 'connection', 'hubGeneration', 'generation')
if not holder[1] then
  return {}
end
holder[5] = redis.call('HGET', KEYS[2], holder[1]) or ''
return holder
`);

/** Finds the gateway that holds a device's connection; gateways alone change who holds what. */
export class PresenceReader {
  constructor(
    private readonly redis: Redis,
    private readonly keys: PresenceKeys,
  ) {}

  /**
   * Undefined when the identity is not connected. One round trip; the connection may have ended since.
   *
   * @throws HubError `ServiceUnavailable` when Redis does not answer
   */
  async holderOf(hub: string, identity: DeviceIdentityId): Promise<Holder | undefined> {
    const { redis, keys } = this;
    const names = [keys.presence(identityKey(hub, identity)), keys.gateways];
    const reply = (await presenceAnswer(holderScript.run(redis, names, []))) as readonly string[];
    const [gatewayId, connectionId = '', hubGeneration = '', generationId = '', address] = reply;
    if (gatewayId === undefined) {
      return undefined;
    }
    const reached = address === '' ? undefined : address;
    return { gatewayId, address: reached, connectionId, hubGeneration, generationId };
  }
}
