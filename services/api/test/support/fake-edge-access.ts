/** The rpc that judges the own token of an Edge device, over the identities of FakeRegistry. */
import { audienceHost, parseSasToken, verifySasSignature } from '@linchpin/auth';
import type { AuthorizeEdgeRequest, Identity } from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface HubOfIdentities {
  readonly hub: { readonly name: string; readonly hostNames: readonly string[] };
  readonly identities: ReadonlyMap<string, Identity>;
}

export function authorizeEdge(
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
    token.audience !== `${host}/devices/${deviceId}` ||
    verifySasSignature(token, [key, key]) === undefined
  ) {
    throw new HubError('IotHubUnauthorizedAccess', 'The token gives no access.');
  }
  return { hub: stored.hub.name };
}
