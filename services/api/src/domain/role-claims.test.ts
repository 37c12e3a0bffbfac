import { describe, expect, test } from '@jest/globals';
import { claimAt, parseRoleMapping, readGrants } from './role-claims.js';
import { hasRole, hasRoleSomewhere } from './role.js';

const everywhere = (role: string): object => ({ role, hub: undefined });

describe('the values of the claim', () => {
  test.each([
    ['owner', everywhere('owner')],
    ['Reader', everywhere('reader')],
    ['Contributor', everywhere('owner')],
    ['IoT Hub Data Contributor', everywhere('data contributor')],
    ['iot hub data reader', everywhere('data reader')],
    ['IoT Hub Registry Contributor', everywhere('registry contributor')],
    ['IoT Hub Twin Contributor', everywhere('twin contributor')],
    ['owner@Plant-7', { role: 'owner', hub: 'plant-7' }],
    ['IoT Hub Data Reader@plant-7', { role: 'data reader', hub: 'plant-7' }],
  ])('%s', (value, grant) => {
    expect(readGrants([value], undefined)).toEqual([grant]);
    expect(readGrants(value, undefined)).toEqual([grant]);
  });

  // A limit that cannot be read must not become no limit.
  test.each([
    'owner@',
    'owner@ ',
    'owner@plant 7',
    'owner@*',
    'owner@plant-7@',
    'owner@a@b',
    '@plant-7',
    'own',
    ' owner',
    '__proto__',
    'constructor',
    '',
    7,
    null,
    undefined,
    { owner: true },
    ['owner'],
  ])('%j grants nothing', (value) => {
    expect(readGrants([value], undefined)).toEqual([]);
  });

  test('of very many the first thousand count', () => {
    const values = [...Array.from({ length: 1_000 }, () => 'x'), 'owner'];
    expect(readGrants(values, undefined)).toEqual([]);
  });
});

describe('values that the deployment gives a meaning', () => {
  const mapping = parseRoleMapping(
    'iot-admins = owner, plant@corp.example=data contributor@Plant-7,cn=ops=reader,both=owner,both=Data Reader@plant-8,',
  );

  test.each([
    ['iot-admins', [everywhere('owner')]],
    ['plant@corp.example', [{ role: 'data contributor', hub: 'plant-7' }]],
    ['cn=ops', [everywhere('reader')]],
    ['both', [everywhere('owner'), { role: 'data reader', hub: 'plant-8' }]],
  ])('%s', (value, grants) => {
    expect(readGrants([value], mapping)).toEqual(grants);
    expect(readGrants(value, mapping)).toEqual(grants);
  });

  // Whoever may name a group at the issuer could name it so.
  test.each([
    'iot-admins@plant-7',
    'iot-admins@',
    'plant@corp.example@plant-7',
    'plant',
    'IOT-Admins',
    ' iot-admins',
    'iot-admins ',
    'cn=ops@plant-7',
  ])('%s is another value', (value) => {
    expect(readGrants([value], mapping)).toEqual([]);
  });

  test.each(['owner', 'owner@plant-7', 'Reader', 'IoT Hub Data Reader'])(
    '%s is no role’s name beside them',
    (value) => {
      expect(readGrants([value], mapping)).toEqual([]);
    },
  );

  test('its own names count when they are named', () => {
    expect(readGrants(['owner@a', 'reader'], parseRoleMapping('owner@a=owner@a'))).toEqual([
      { role: 'owner', hub: 'a' },
    ]);
  });

  test.each(['iot-admins', 'x=king', '=owner', 'x=owner@', 'x=owner@a b', 'x=owner@a@b'])(
    '%j is refused',
    (entry) => {
      expect(() => parseRoleMapping(`y=reader,${entry}`)).toThrow('is not value=role');
    },
  );
});

test.each([
  ['roles', { roles: ['a'] }, ['a']],
  ['realm_access.roles', { realm_access: { roles: ['a'] } }, ['a']],
  ['https://example.net/roles', { 'https://example.net/roles': ['a'] }, ['a']],
  ['a.b', { 'a.b': 1, a: { b: 2 } }, 1],
  ['a.b', { a: 'text' }, undefined],
  ['a.0', { a: ['x'] }, undefined],
  ['a.b.c', { a: null }, undefined],
  ['constructor.name', {}, undefined],
  ['__proto__', {}, undefined],
])('the claim at %s of %j', (path, claims, value) => {
  expect(claimAt(claims, path)).toEqual(value);
});

test('a grant for one hub reaches no other, and nothing that concerns all', () => {
  const principal = { name: 'p', grants: readGrants(['owner@plant-7'], undefined) };

  expect(hasRole(principal, ['owner'], 'PLANT-7')).toBe(true);
  expect(hasRole(principal, ['reader', 'owner'], 'plant-7')).toBe(true);
  expect(hasRole(principal, ['reader'], 'plant-7')).toBe(false);
  expect(hasRole(principal, ['owner'], 'plant-70')).toBe(false);
  expect(hasRole(principal, ['owner'], undefined)).toBe(false);
  expect(hasRole({ name: 'p', grants: [] }, ['owner'], 'plant-7')).toBe(false);
  expect(hasRoleSomewhere(principal, ['reader', 'owner'])).toBe(true);
  expect(hasRoleSomewhere(principal, ['reader'])).toBe(false);
});
