/** Whose token counts, as far as answers of the api depend on it. */
import {
  audienceCovers,
  audienceHost,
  isSasTokenExpired,
  parseSasToken,
  serviceResource,
  verifySasSignature,
} from '@linchpin/auth';
import type {
  AuthorizeServiceRequest,
  AuthorizeServiceResponse,
  ResolveHubRequest,
  ResolveHubResponse,
} from '@linchpin/contracts';
import { HubError, normalizeHostName, type HubLimits } from '@linchpin/wire';
import type { StoredHub } from './stored-hub.js';

const hubGeneration = '7';

export function authorizeService(
  hubs: Iterable<StoredHub>,
  { sharedAccessSignature, path }: AuthorizeServiceRequest,
  limits: HubLimits,
): AuthorizeServiceResponse {
  const token = parseSasToken(sharedAccessSignature);
  const host = audienceHost(token.audience);
  const stored = findByHost(hubs, host);
  const policy = stored?.policies.find(({ name }) => name === token.policy);
  const keys = policy === undefined ? [] : [policy.primaryKey, policy.secondaryKey];
  if (
    stored === undefined ||
    policy === undefined ||
    isSasTokenExpired(token, new Date()) ||
    verifySasSignature(token, keys) === undefined ||
    !audienceCovers(token.audience, serviceResource(host, path))
  ) {
    throw new HubError('IotHubUnauthorizedAccess', 'The token gives no access.', {
      cause: 'no key has signed the token, or it is too old',
    });
  }
  const { name: hub } = stored.hub;
  const { name, rights } = policy;
  const { expiresAt } = token;
  return {
    ...{ hub, hubGeneration, policy: name, rights, limits, expiresAt },
    credentialIds: [`policy/${name}`],
    telemetryTopic: `events.${hub}`,
    telemetryPartitions: 4,
  };
}

export function resolveHub(
  hubs: Iterable<StoredHub>,
  { hostName }: ResolveHubRequest,
  limits: HubLimits,
): ResolveHubResponse {
  const stored = findByHost(hubs, normalizeHostName(hostName));
  if (stored === undefined) {
    throw new HubError('IotHubNotFound', 'No active hub has the host name.');
  }
  return { hub: stored.hub.name, hubGeneration, limits };
}

function findByHost(hubs: Iterable<StoredHub>, host: string): StoredHub | undefined {
  return [...hubs].find(({ hub }) => hub.hostNames.includes(host));
}
