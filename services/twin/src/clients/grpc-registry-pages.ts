import {
  HubState,
  toIdentity,
  type HubAdministrationClient,
  type IdentityPagesClient,
} from '@linchpin/contracts';
import { actAs } from '@linchpin/platform/actor';
import { callUnary } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { RegistryPages } from '../domain/copy-hubs.js';
import { toCopiedIdentity, type CopiedIdentity } from '../domain/identity-copy.js';
import { ofHub } from './hub-actor.js';

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

  async *listIdentities({ hub, hubGeneration }: HubId): AsyncIterable<readonly CopiedIdentity[]> {
    const { pages } = this.clients;
    let after: { deviceId: string; moduleId: string } | undefined;
    let isLast = false;
    while (!isLast) {
      const request = { hub, after, limit: pageLength };
      const { identities } = await actAs(ofHub(hubGeneration), () =>
        callUnary(pages.listIdentities.bind(pages), request, {
          name: 'IdentityPages/ListIdentities',
          deadlineMs,
        }),
      );
      const last = identities.at(-1);
      after = last && { deviceId: last.deviceId, moduleId: last.moduleId ?? '' };
      isLast = identities.length < pageLength;
      yield identities.map((identity) => toCopiedIdentity(toIdentity(identity)));
    }
  }
}

function listHubs(client: HubAdministrationClient, after: string) {
  return callUnary(
    client.listHubs.bind(client),
    { after },
    { name: 'HubAdministration/ListHubs', deadlineMs },
  );
}
