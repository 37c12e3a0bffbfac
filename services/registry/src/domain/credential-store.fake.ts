import type {
  CredentialHub,
  CredentialStore,
  DeviceCredentialQuery,
  DeviceCredentials,
  IdentityCredentials,
  PolicyCredentials,
  PolicyQuery,
} from './credential-store.js';
import type { IdentityId } from './device-identity.js';
import type { AccessSettings } from './hub-settings.js';
import type { InMemoryHubStore } from './hub-store.fake.js';
import type { InMemoryIdentityStore } from './identity-store.fake.js';

/** Looks into the other fakes. */
export class InMemoryCredentialStore implements CredentialStore {
  constructor(
    private readonly hubs: InMemoryHubStore,
    private readonly identities: InMemoryIdentityStore,
  ) {}

  async findPolicy({ hostName, policyName }: PolicyQuery): Promise<PolicyCredentials | undefined> {
    await Promise.resolve();
    const found = this.hubs.findByHostName(hostName);
    if (found?.hub.state !== 'active') {
      return undefined;
    }
    const name = policyName.toLowerCase();
    const policy = found.policies.find((each) => each.name.toLowerCase() === name);
    return { hub: found.hub, policy };
  }

  async findDevice(query: DeviceCredentialQuery): Promise<DeviceCredentials | undefined> {
    const { hostName, policyName = '' } = query;
    const found = await this.findPolicy({ hostName, policyName });
    return found && { ...found, identity: this.#credentialsOf(found.hub.name, query) };
  }

  #credentialsOf(hub: string, id: IdentityId): IdentityCredentials | undefined {
    const identity = this.identities.find(hub, id);
    const device = this.identities.find(hub, { deviceId: id.deviceId, moduleId: undefined });
    if (identity === undefined) {
      return undefined;
    }
    const { generationId, status, authentication } = identity;
    const enabled = status === 'enabled' && device?.status === 'enabled';
    return { generationId, enabled, ofEdgeDevice: device?.iotEdge === true, authentication };
  }
}

/** The same, but that every hub has these settings. */
export function withSettings(
  store: CredentialStore,
  settings: Partial<AccessSettings>,
): CredentialStore {
  const set = <Found extends { readonly hub: CredentialHub }>(found: Found | undefined) =>
    found && { ...found, hub: { ...found.hub, settings: { ...found.hub.settings, ...settings } } };
  return {
    findPolicy: async (query) => set(await store.findPolicy(query)),
    findDevice: async (query) => set(await store.findDevice(query)),
  };
}
