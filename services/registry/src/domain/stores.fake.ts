/** All stores of the registry over one state, as a test of several of them needs it. */
import type { HubId } from '@linchpin/wire';
import type { BulkIdentityStore } from './bulk-identity-store.js';
import { InMemoryCaCertificateStore } from './ca-certificate-store.fake.js';
import type { CaCertificateStore } from './ca-certificate-store.js';
import type { ConnectionStates } from './connection-states.js';
import { InMemoryConsumerGroupStore } from './consumer-group-store.fake.js';
import type { ConsumerGroupStore } from './consumer-group-store.js';
import { InMemoryCredentialStore } from './credential-store.fake.js';
import type { CredentialStore } from './credential-store.js';
import { InMemoryHubStore } from './hub-store.fake.js';
import type { HubContentStore } from './hub-content-store.js';
import type { HubStore } from './hub-store.js';
import type { IdentityCounts } from './identity-counts.js';
import { InMemoryIdentityStore } from './identity-store.fake.js';
import type { IdentityStore } from './identity-store.js';
import type { RegistryChange } from './registry-change.js';

export interface Stores {
  readonly hubs: HubStore;
  readonly contents: HubContentStore;
  readonly consumerGroups: ConsumerGroupStore;
  readonly identities: IdentityStore;
  readonly bulk: BulkIdentityStore;
  readonly counts: IdentityCounts;
  readonly states: ConnectionStates;
  readonly credentials: CredentialStore;
  readonly certificates: CaCertificateStore;
  /** All that was stored to be told, in order. */
  changes(): Promise<readonly RegistryChange[]>;
}

export function inMemoryStores(): Stores {
  const hubs = new InMemoryHubStore();
  const identities = new InMemoryIdentityStore(hubs);
  return {
    hubs,
    contents: hubs,
    consumerGroups: new InMemoryConsumerGroupStore(hubs),
    identities,
    bulk: identities,
    counts: identities,
    states: identities,
    credentials: new InMemoryCredentialStore(hubs, identities),
    certificates: new InMemoryCaCertificateStore(hubs),
    changes: () => Promise.resolve(hubs.changes),
  };
}

export async function hubIdOf({ hubs }: Stores, hub: string): Promise<HubId> {
  const found = await hubs.find(hub);
  return { hub, hubGeneration: found?.hubGeneration ?? '' };
}
