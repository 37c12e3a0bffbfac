import {
  HubState,
  toIdentity,
  type HubAdministrationClient,
  type IdentityPagesClient,
} from '@linchpin/contracts';
import { actorForHub } from '@linchpin/platform/actor';
import { callUnary } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { IdentityPlace, RegistryPages } from '../domain/copy-hubs.js';
import { toCopiedIdentity, type CopiedIdentity } from '../domain/identity-copy.js';

interface RegistryClients {
  readonly pages: IdentityPagesClient;
  readonly hubs: HubAdministrationClient;
}

const deadlineMs = 15_000;
const pageLength = 500;

/** All that the registry has, page by page. */
export class GrpcRegistryPages implements RegistryPages {
  constructor(private readonly clients: RegistryClients) {}

  async *listHubs(): AsyncIterable<readonly HubId[]> {
    const { hubs: client } = this.clients;
    let after: string | undefined = '';
    while (after !== undefined) {
      const { hubs, next }: Awaited<ReturnType<typeof listHubs>> = await listHubs(client, after);
      yield hubs
        .filter(({ state }) => state === HubState.ACTIVE)
        .map(({ name, hubGeneration }) => ({ hub: name, hubGeneration }));
      after = next;
    }
  }

  async readPage(
    { hub, hubGeneration }: HubId,
    after: IdentityPlace | undefined,
  ): Promise<readonly CopiedIdentity[]> {
    const { pages } = this.clients;
    const place = after && { deviceId: after.deviceId, moduleId: after.moduleId ?? '' };
    const { identities } = await callUnary(
      pages.listIdentities.bind(pages),
      { hub, after: place, limit: pageLength },
      {
        name: 'IdentityPages/ListIdentities',
        deadlineMs,
        actor: actorForHub('twin', hubGeneration),
      },
    );
    return identities.map((identity) => toCopiedIdentity(toIdentity(identity)));
  }
}

function listHubs(client: HubAdministrationClient, after: string) {
  return callUnary(
    client.listHubs.bind(client),
    { after },
    { name: 'HubAdministration/ListHubs', deadlineMs },
  );
}
