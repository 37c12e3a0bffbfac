/**
 * What an issuer's tokens say of roles. A value names a role, of every hub or, with `@` and a hub's name
 * behind it, of that hub alone: `owner`, `IoT Hub Data Reader@plant-7`.
 *
 *     value   = name [ "@" hub ]
 *     mapping = entry *( "," entry )
 *     entry   = name "=" role [ "@" hub ]
 */
import { roles, type Grant, type Role } from './role.js';

/** By the name in lower case. */
export type RoleMapping = ReadonlyMap<string, Grant>;

/** Our own names and those of Azure's built-in roles. */
export const defaultRoleMapping: RoleMapping = new Map(
  Object.entries({
    ...Object.fromEntries(roles.map((role) => [role, role])),
    Owner: 'owner',
    Contributor: 'owner',
    Reader: 'reader',
    'IoT Hub Data Contributor': 'data contributor',
    'IoT Hub Data Reader': 'data reader',
    'IoT Hub Registry Contributor': 'registry contributor',
    'IoT Hub Twin Contributor': 'twin contributor',
  } satisfies Record<string, Role>).map(([name, role]) => [
    name.toLowerCase(),
    { role: role, hub: undefined },
  ]),
);

/** Of one token; whoever has more has too many. */
const valuesMax = 1_000;

/** What the claim grants; a value that means nothing here grants nothing. */
export function readGrants(claim: unknown, mapping: RoleMapping): readonly Grant[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values
    .slice(0, valuesMax)
    .flatMap((value) => (typeof value === 'string' ? readGrant(value, mapping) : []));
}

/** A whole value that the mapping knows wins: names of groups may hold an `@`. */
function readGrant(value: string, mapping: RoleMapping): readonly Grant[] {
  const whole = mapping.get(value.toLowerCase());
  if (whole !== undefined) {
    return [whole];
  }
  const at = value.lastIndexOf('@');
  const grant = mapping.get(value.slice(0, Math.max(at, 0)).toLowerCase());
  const hub = value.slice(at + 1).toLowerCase();
  // A name that is limited to one hub already is not moved to another.
  const isOfHub = hubName.test(hub) && (grant?.hub === undefined || grant.hub === hub);
  return grant !== undefined && isOfHub ? [{ role: grant.role, hub }] : [];
}

const hubName = /^[a-z0-9-]+$/;

/**
 * The claim at a path of names with dots between, `realm_access.roles`, or under exactly that name, as
 * `https://example.net/roles`.
 */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) {
    return claims[path];
  }
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined;
  }, claims);
}

/** @throws Error that says which entry is none */
export function parseRoleMapping(text: string): RoleMapping {
  return new Map(
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(parseEntry),
  );
}

function parseEntry(entry: string): [string, Grant] {
  const separator = entry.lastIndexOf('=');
  const name = entry.slice(0, Math.max(separator, 0)).trim();
  const [role = '', hub, ...rest] = entry
    .slice(separator + 1)
    .trim()
    .split('@');
  const known = roles.find((each) => each === role.trim().toLowerCase());
  const limited = hub?.trim().toLowerCase();
  if (
    name === '' ||
    known === undefined ||
    rest.length > 0 ||
    (limited !== undefined && !hubName.test(limited))
  ) {
    throw new Error(`"${entry}" is not name=role or name=role@hub with one of ${roles.join(', ')}`);
  }
  return [name.toLowerCase(), { role: known, hub: limited }];
}
