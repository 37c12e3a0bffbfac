/** The rpc that judges the own token of an Edge device, over the identities of FakeRegistry. */
import {
  audienceCovers,
  audienceHost,
  deviceResource,
  parseSasToken,
  verifySasSignature,
} from '@linchpin/auth';
import type { AuthorizeEdgeRequest, Identity } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface HubOfIdentities {
  readonly hub: { readonly name: string; readonly hostNames: readonly string[] };
  readonly identities: ReadonlyMap<string, Identity>;
}

export function fakeEdgeRpcs(
  hubs: ReadonlyMap<string, HubOfIdentities>,
): Record<string, (request: never) => object> {
  return {
    authorizeEdge: (request: AuthorizeEdgeRequest) => authorizeEdge([...hubs.values()], request),
  };
}

function authorizeEdge(
  hubs: readonly HubOfIdentities[],
  { sharedAccessSignature, deviceId }: AuthorizeEdgeRequest,
): object {
  const token = parseSasToken(sharedAccessSignature);
  const host = audienceHost(token.audience);
  const stored = hubs.find(({ hub }) => hub.hostNames.includes(host));
  const device = stored?.identities.get(deviceId);
  const key = device?.authentication?.primaryKey;
  if (
    stored === undefined ||
    device?.iotEdge !== true ||
    key === undefined ||
    !audienceCovers(token.audience, deviceResource(host, { deviceId })) ||
    verifySasSignature(token, [key, key]) === undefined
  ) {
    throw new HubError('IotHubUnauthorizedAccess', 'The token gives no access.');
  }
  const limits = { sku: 'S1', units: 1, unlimited: false };
  return { hub: stored.hub.name, hubGeneration: '7', limits };
}
