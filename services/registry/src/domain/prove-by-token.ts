/** What a shared access signature proves of a device or module (device-mqtt.md sections 3.3 and 3.4). */
import {
  audienceCovers,
  audienceHost,
  deviceResource,
  hasRight,
  ownAudienceCovers,
  type SasToken,
} from '@linchpin/auth';
import { HubError } from '@linchpin/wire';
import type { Proof } from './proof.js';
import {
  credentialClass,
  identityKeyCredential,
  policyKeyCredential,
  sasClassOf,
} from './credential-id.js';
import type { DeviceCredentials } from './credential-store.js';
import type { IdentityId } from './device-identity.js';
import { identityNotFound } from './registry-errors.js';
import { signingKey } from './signing-key.js';

/**
 * @param token not expired
 * @throws HubError IotHubUnauthorized, DeviceNotFound, ModuleNotFound
 */
export function proveByToken(token: SasToken, id: IdentityId, found: DeviceCredentials): Proof {
  const prover =
    token.policy === undefined ? proveByOwnKey(token, id, found) : proveByPolicy(token, found);
  requireAudience(token, id, found.hub.hostNames);
  return { ...prover, kind: 'sas', expiresAt: token.expiresAt };
}

type Prover = Pick<Proof, 'scope' | 'credentialIds'>;

function proveByOwnKey(
  token: SasToken,
  id: IdentityId,
  { hub, identity }: DeviceCredentials,
): Prover {
  const authentication = identity?.authentication;
  const key = signingKey(token, authentication?.type === 'sas' ? authentication : undefined);
  if (authentication === undefined) {
    throw identityNotFound(id);
  }
  if (authentication.type !== 'sas') {
    throw refusal(`authentication of type ${authentication.type} has no keys`);
  }
  if (key === undefined) {
    throw refusal('no key of the identity has signed it');
  }
  const scope = id.moduleId === undefined ? 'device' : 'module';
  const { disableDeviceSas, disableModuleSas } = hub.settings;
  if (scope === 'device' ? disableDeviceSas : disableModuleSas) {
    throw refusal(`the hub accepts no token of a ${scope}'s own`);
  }
  return { scope, credentialIds: [identityKeyCredential(hub.name, id, key), sasClassOf(id)] };
}

function proveByPolicy(token: SasToken, { hub, policy }: DeviceCredentials): Prover {
  const key = signingKey(token, policy);
  if (policy === undefined || key === undefined) {
    throw refusal('no key of the policy that it names has signed it');
  }
  if (!hasRight(policy.rights, 'DeviceConnect')) {
    throw refusal(`the policy ${policy.name} lacks the right DeviceConnect`);
  }
  if (hub.settings.disableLocalAuth) {
    throw refusal('the hub accepts no token of a policy');
  }
  return {
    scope: 'hub',
    credentialIds: [policyKeyCredential(hub.name, policy.name, key), credentialClass.localAuth],
  };
}

/** Any host name of the hub will do, whichever the device connected by. */
function requireAudience(
  { audience, policy }: SasToken,
  id: IdentityId,
  hostNames: readonly string[],
): void {
  const host = audienceHost(audience);
  const covers = policy === undefined ? ownAudienceCovers : audienceCovers;
  if (!hostNames.includes(host) || !covers(audience, deviceResource(host, id))) {
    throw refusal('it is for another resource');
  }
}

function refusal(reason: string): HubError {
  return new HubError('IotHubUnauthorized', `The token does not count: ${reason}.`);
}
