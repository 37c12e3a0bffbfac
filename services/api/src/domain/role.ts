/**
 * What the bearer of a token may do. The names are ours; which values of a token mean them says
 * `role-claims.ts`.
 */

/**
 * On the control plane `reader` sees hubs and no key, `owner` does everything. On the service REST API
 * there are Azure's four roles for data (security-limits.md section 3.4); neither side implies the other,
 * though an owner can get every key.
 */
export const roles = [
  'reader',
  'owner',
  'data reader',
  'data contributor',
  'registry contributor',
  'twin contributor',
] as const;

export type Role = (typeof roles)[number];

export interface Grant {
  readonly role: Role;
  /** Its name in lower case; undefined means every hub of the deployment. */
  readonly hub: string | undefined;
}

/** Whoever an issuer has vouched for. */
export interface Principal {
  /** As the issuer names it. */
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** @param hub undefined for what concerns no one hub: a grant for a single hub does not reach it */
export function hasRole(
  { grants }: Principal,
  anyOf: readonly Role[],
  hub: string | undefined,
): boolean {
  return grants.some(
    (grant) =>
      anyOf.includes(grant.role) && (grant.hub === undefined || grant.hub === hub?.toLowerCase()),
  );
}

/** Whether there is a hub, whichever, on which the principal has one of the roles. */
export function hasRoleSomewhere({ grants }: Principal, anyOf: readonly Role[]): boolean {
  return grants.some(({ role }) => anyOf.includes(role));
}
