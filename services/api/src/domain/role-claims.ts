/**
 * What an issuer's tokens say of roles. A value is a role's name, of every hub or, with `@` and a hub's
 * name behind it, of that hub alone: `owner`, `IoT Hub Data Reader@plant-7`.
 *
 *     value   = role [ "@" hub ]
 *
 * Or the deployment says what values mean. Each is whole then: `@` is a part of its name, for whoever may
 * name groups or roles at the issuer must not be able to make `admins@plant-7` of `admins`.
 *
 *     mapping = entry *( "," entry )
 *     entry   = value "=" role [ "@" hub ]
 */
import { roles, type Grant, type Role } from './role.js';

/** By the whole value, in its own letter case. */
export type RoleMapping = ReadonlyMap<string, readonly Grant[]>;

/** Our own names and those of Azure's built-in roles, in lower case. */
const rolesByName: ReadonlyMap<string, Role> = new Map(
  Object.entries({
    ...Object.fromEntries(roles.map((role) => [role, role])),
    Owner: 'owner',
    Contributor: 'owner',
    Reader: 'reader',
    'IoT Hub Data Contributor': 'data contributor',
    'IoT Hub Data Reader': 'data reader',
    'IoT Hub Registry Contributor': 'registry contributor',
    'IoT Hub Twin Contributor': 'twin contributor',
  } satisfies Record<string, Role>).map(([name, role]) => [name.toLowerCase(), role]),
);

/** Of one token; whoever has more has too many. */
const valuesMax = 1_000;

/**
 * What the claim grants; a value that means nothing here grants nothing.
 *
 * @param mapping undefined when values are names of roles
 */
export function readGrants(claim: unknown, mapping: RoleMapping | undefined): readonly Grant[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.slice(0, valuesMax).flatMap((value) => {
    if (typeof value !== 'string') {
      return [];
    }
    return mapping === undefined ? readRole(value) : (mapping.get(value) ?? []);
  });
}

function readRole(value: string): readonly Grant[] {
  const at = value.indexOf('@');
  const role = rolesByName.get(value.slice(0, at < 0 ? undefined : at).toLowerCase());
  const hub = at < 0 ? undefined : value.slice(at + 1).toLowerCase();
  // A limit that cannot be read must not become none.
  const isReadable = hub === undefined || hubName.test(hub);
  return role !== undefined && isReadable ? [{ role, hub }] : [];
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

/**
 * A value that several entries name has the roles of all of them.
 *
 * @throws Error that says which entry is none
 */
export function parseRoleMapping(text: string): RoleMapping {
  const mapping = new Map<string, readonly Grant[]>();
  const entries = text.split(',').map((entry) => entry.trim());
  for (const [value, grant] of entries.filter((entry) => entry !== '').map(parseEntry)) {
    mapping.set(value, [...(mapping.get(value) ?? []), grant]);
  }
  return mapping;
}

function parseEntry(entry: string): [string, Grant] {
  const separator = entry.lastIndexOf('=');
  const value = entry.slice(0, Math.max(separator, 0)).trim();
  const [role = '', hub, ...rest] = entry
    .slice(separator + 1)
    .trim()
    .split('@');
  const known = roles.find((each) => each === role.trim().toLowerCase());
  const limited = hub?.trim().toLowerCase();
  if (
    value === '' ||
    known === undefined ||
    rest.length > 0 ||
    (limited !== undefined && !hubName.test(limited))
  ) {
    throw new Error(
      `"${entry}" is not value=role or value=role@hub with one of ${roles.join(', ')}`,
    );
  }
  return [value, { role: known, hub: limited }];
}
