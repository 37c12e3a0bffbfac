/** Named rights with two keys, either of which signs tokens (security-limits.md section 1). */
import { defaultPolicies } from '@linchpin/auth';

export interface SharedAccessPolicy {
  readonly name: string;
  /** Bits as in `rightBits` of @linchpin/auth. */
  readonly rights: number;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

export function policiesOfNewHub(generateKey: () => string): readonly SharedAccessPolicy[] {
  return defaultPolicies.map(({ name, rights }) => ({
    name,
    rights,
    primaryKey: generateKey(),
    secondaryKey: generateKey(),
  }));
}
