/** Named rights with two keys, either of which signs tokens (security-limits.md section 1). */
import { defaultPolicies, hasRight, validateSymmetricKey } from '@linchpin/auth';
import { azureLimits, HubError, validatePolicyName, type KeySide } from '@linchpin/wire';
import type { KeyPair } from './signing-key.js';

export interface SharedAccessPolicy extends KeyPair {
  readonly name: string;
  /** Bits as in `rightBits` of @linchpin/auth. */
  readonly rights: number;
}

/** What an administrator says of a policy. */
export interface PolicyDefinition {
  readonly name: string;
  readonly rights: number;
  /** Undefined or empty: the one that the policy has, or a new one; here and below. */
  readonly primaryKey: string | undefined;
  readonly secondaryKey: string | undefined;
}

const allRights = 15;

export function policiesOfNewHub(generateKey: () => string): readonly SharedAccessPolicy[] {
  return defaultPolicies.map(({ name, rights }) => ({
    name,
    rights,
    primaryKey: generateKey(),
    secondaryKey: generateKey(),
  }));
}

/**
 * The policies of a hub from now on: these and no others. None at all is fine, for the administrator
 * needs none to add some again.
 *
 * @throws HubError ArgumentInvalid
 */
export function replacePolicies(
  stored: readonly SharedAccessPolicy[],
  definitions: readonly PolicyDefinition[],
  generateKey: () => string,
): readonly SharedAccessPolicy[] {
  checkCounts(definitions);
  const before = new Map(stored.map((policy) => [policy.name.toLowerCase(), policy]));
  return definitions.map((definition) => {
    validate(definition);
    const { name, rights } = definition;
    const existing = before.get(name.toLowerCase());
    return {
      name: existing?.name ?? name,
      rights,
      primaryKey: given(definition.primaryKey) ?? existing?.primaryKey ?? generateKey(),
      secondaryKey: given(definition.secondaryKey) ?? existing?.secondaryKey ?? generateKey(),
    };
  });
}

/** @throws HubError GenericNotFound */
export function regenerateKey(
  stored: readonly SharedAccessPolicy[],
  policyName: string,
  { side, generateKey }: { readonly side: KeySide; readonly generateKey: () => string },
): readonly SharedAccessPolicy[] {
  const name = getPolicy(stored, policyName).name;
  const key = generateKey();
  const changed = side === 'primary' ? { primaryKey: key } : { secondaryKey: key };
  return stored.map((policy) => (policy.name === name ? { ...policy, ...changed } : policy));
}

/** @throws HubError GenericNotFound */
export function getPolicy(
  policies: readonly SharedAccessPolicy[],
  policyName: string,
): SharedAccessPolicy {
  const found = policies.find(({ name }) => name.toLowerCase() === policyName.toLowerCase());
  if (found === undefined) {
    throw new HubError('GenericNotFound', 'The hub has no shared access policy of that name.');
  }
  return found;
}

function given(key: string | undefined): string | undefined {
  return key === '' ? undefined : key;
}

function checkCounts(definitions: readonly PolicyDefinition[]): void {
  const { policiesPerHubMax, serviceConnectPoliciesMax } = azureLimits;
  if (definitions.length > policiesPerHubMax) {
    throw new HubError(
      'ArgumentInvalid',
      `A hub has at most ${policiesPerHubMax} shared access policies.`,
    );
  }
  const services = definitions.filter(({ rights }) => hasRight(rights, 'ServiceConnect'));
  if (services.length > serviceConnectPoliciesMax) {
    throw new HubError(
      'ArgumentInvalid',
      `At most ${serviceConnectPoliciesMax} policies of a hub have the right ServiceConnect.`,
    );
  }
  const names = definitions.map(({ name }) => name.toLowerCase());
  const twice = definitions.find(({ name }, index) => names.indexOf(name.toLowerCase()) < index);
  if (twice !== undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `Two policies have the name ${twice.name}: letter case makes no difference.`,
    );
  }
}

function validate({ name, rights, primaryKey, secondaryKey }: PolicyDefinition): void {
  validatePolicyName(name);
  // Writing implies reading: the second bit never stands without the first.
  const isWhole = (rights & 2) === 0 || hasRight(rights, 'RegistryWrite');
  if (!Number.isInteger(rights) || rights < 1 || rights > allRights || !isWhole) {
    throw new HubError('ArgumentInvalid', `The policy ${name} names no rights that there are.`);
  }
  for (const [member, key] of Object.entries({ primaryKey, secondaryKey })) {
    if (key !== undefined && key !== '') {
      validateSymmetricKey(key, `The ${member} of the policy ${name}`);
    }
  }
}
