/** Which hub a caller means whose credential somebody else has judged: it names a host, not a key. */
import type { ClientSource } from '@linchpin/auth';
import { HubError, normalizeHostName, type HubId, type HubLimits } from '@linchpin/wire';
import type { CredentialStore } from './credential-store.js';
import { whyRefused } from './refused-source.js';

interface HubClaim {
  /** As the caller gave it: in any letter case, perhaps with a port. */
  readonly hostName: string;
  readonly client: ClientSource;
}

interface ResolvedHub extends HubId {
  readonly limits: HubLimits;
}

/** @throws HubError IotHubNotFound; IotHubUnauthorizedAccess when the hub takes nobody who comes like this */
export async function resolveHub(store: CredentialStore, claim: HubClaim): Promise<ResolvedHub> {
  const hostName = normalizeHostName(claim.hostName);
  // No policy has an empty name: only the hub is looked for.
  const found = await store.findPolicy({ hostName, policyName: '' });
  if (found === undefined) {
    throw new HubError('IotHubNotFound', 'No active hub has the host name.');
  }
  const { name: hub, hubGeneration, settings } = found.hub;
  const objection = whyRefused(settings, claim.client);
  if (objection !== undefined) {
    throw new HubError(
      'IotHubUnauthorizedAccess',
      'The credential does not give access to this hub.',
      { cause: objection },
    );
  }
  return { hub, hubGeneration, limits: settings.limits };
}
