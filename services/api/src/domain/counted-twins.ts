import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { MessageCounts } from './message-counts.js';
import type { Twin, TwinChange, Twins } from './twins.js';

/** Twins with how many messages wait for their identities, which the service that keeps twins does not know. */
export class CountedTwins implements Twins {
  constructor(
    private readonly twins: Twins,
    private readonly counts: MessageCounts,
  ) {}

  async get(hub: HubId, identity: DeviceIdentityId): Promise<Twin> {
    return this.#count(hub, identity, await this.twins.get(hub, identity));
  }

  async update(hub: HubId, identity: DeviceIdentityId, change: TwinChange): Promise<Twin> {
    return this.#count(hub, identity, await this.twins.update(hub, identity, change));
  }

  async #count(hub: HubId, identity: DeviceIdentityId, twin: Twin): Promise<Twin> {
    const { generationId } = twin;
    const [count = 0] = await this.counts.of(hub, [{ ...identity, generationId }]);
    return { ...twin, json: withMessageCount(twin.json, count) };
  }
}

/**
 * Puts the count into the text, which stays as it is else: the first member of the name is the twin's own, before all
 * tags and properties, and a quote within a text has a backslash before it.
 */
function withMessageCount(json: string, count: number): string {
  return json.replace(/"cloudToDeviceMessageCount":\d+/, `"cloudToDeviceMessageCount":${count}`);
}
