import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toDesiredPatch, type PatchOperation } from './digital-twin-patch.js';

const twinJson = JSON.stringify({
  deviceId: 'd1',
  properties: {
    desired: {
      speed: 1,
      place: { x: 1, inner: { a: 1, b: 2 } },
      pump: { __t: 'c', target: 20, limits: { low: 1, high: 9 } },
      lamp: { __t: 'c', on: true },
      odd: { __t: 'd', on: true },
      $metadata: {},
      $version: 4,
    },
    reported: { serial: 'x', fan: { __t: 'c', rpm: 100 }, $version: 2 },
  },
});

const patchOf = (...operations: PatchOperation[]) => toDesiredPatch(twinJson, operations);
const add = (path: string, value: unknown) => ({ op: 'add', path, value }) as PatchOperation;
const replace = (path: string, value: unknown) =>
  ({ op: 'replace', path, value }) as PatchOperation;
const remove = (path: string): PatchOperation => ({ op: 'remove', path });

describe('what operations mean for the desired properties', () => {
  test.each<[string, PatchOperation[], unknown]>([
    ['none', [], undefined],
    ['a property is set', [add('/speed', 2)], { speed: 2 }],
    ['to a value as it was', [replace('/speed', 1)], { speed: 1 }],
    ['to one that is as good as none', [add('/speed', 0)], { speed: 0 }],
    ['that was not there', [replace('/fresh', 'x')], { fresh: 'x' }],
    ['that the device reports', [add('/serial', 'y')], { serial: 'y' }],
    ['a property goes', [remove('/speed')], { speed: null }],
    ['one that was not there', [remove('/never')], { never: null }],
    [
      'an object takes the place of another',
      [add('/place', { y: 2, inner: { b: 3 } })],
      { place: { x: null, y: 2, inner: { a: null, b: 3 } } },
    ],
    ['a property of a component', [add('/pump/target', 21)], { pump: { __t: 'c', target: 21 } }],
    ['of one that the device reports', [add('/fan/goal', 5)], { fan: { __t: 'c', goal: 5 } }],
    ['of a new one', [add('/door/open', false)], { door: { __t: 'c', open: false } }],
    ['goes', [remove('/pump/target')], { pump: { __t: 'c', target: null } }],
    ['the last of a component goes with it', [remove('/lamp/on')], { lamp: null }],
    ['of no component', [remove('/door/open')], { door: null }],
    [
      'a component is set, and what it is not given goes',
      [add('/pump', { target: 22, $metadata: {} })],
      { pump: { __t: 'c', target: 22, limits: null } },
    ],
    ['to nothing', [replace('/pump', { $metadata: {} })], { pump: null }],
    ['a component goes', [remove('/pump')], { pump: null }],
    [
      'one after the other, the later count',
      [remove('/pump'), add('/pump/target', 1), add('/speed', 5), remove('/speed')],
      { pump: { __t: 'c', target: 1, limits: null }, speed: null },
    ],
    [
      'the sample of Azure’s documentation',
      [
        add('/pump', { target: 21.4, other: 42, $metadata: {} }),
        replace('/pump', { target: 21.4, $metadata: {} }),
        remove('/lamp'),
      ],
      { pump: { __t: 'c', target: 21.4, limits: null }, lamp: null },
    ],
    [
      'what goes by a name may be something else afterwards',
      [remove('/speed'), add('/speed', { rpm: 1, $metadata: {} })],
      { speed: { __t: 'c', rpm: 1 } },
    ],
  ])('%s', (_, operations, expected) => {
    expect(patchOf(...operations)).toEqual(expected);
  });
});

test.each([
  ...['', '/', 'speed', '/pump/', '/pump/limits/low', '//', '/$metadata', '/__t', '/_a', '/a_'],
  ...['/1a', '/a-b', '/a~1b', '/pump/$metadata', `/${'a'.repeat(65)}`, '/é', '/a\n'],
])('%j is no path', (path) => {
  expect(() => patchOf(add(path, 1))).toThrow(
    expect.objectContaining({ code: 'InvalidDigitalTwinPatchPath' }),
  );
  expect(() => patchOf(remove(path))).toThrow('must be /property');
});

test.each([
  ['null', null],
  ['an array', [1]],
  ['an array within', { a: { b: [] } }],
  ['too deep', { a: { b: { c: { d: { e: { f: 1 } } } } } }],
  ['too large a number', JSON.parse('1e400')],
  ['a name that no field has', { 'a.b': 1 }],
  ['a name that every object has', JSON.parse('{"__proto__":{}}')],
  ['a mark', { __t: 'c' }],
])('%s is no value', (_, value) => {
  const code = 'InvalidDigitalTwinPatch';
  for (const path of ['/fresh', '/pump/fresh']) {
    expect(() => patchOf(add(path, value))).toThrow(expect.objectContaining({ code }));
  }
  const component = { a: value as unknown, $metadata: {} };
  expect(() => patchOf(add('/pump', component))).toThrow("'/pump/a");
});

test.each([
  ['a component without its mark', add('/pump', { target: 1 })],
  ['a component as a value', add('/pump', 5)],
  ['a component of the device as a value', add('/fan', 5)],
  ['a property as a component', add('/place', { x: 1, $metadata: {} })],
  ['a member of a property', add('/place/x', 2)],
  ['a member of what has another mark', remove('/odd/on')],
])('%s is refused: what has the name keeps it', (_, operation) => {
  expect(() => patchOf(operation)).toThrow(/^'(pump|fan|place|odd)' exists within the device twin/);
});

test('what a patch sets is what is wanted afterwards, and nothing else changes', () => {
  const names = fc.constantFrom('speed', 'place', 'fresh');
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
  const fields = fc.dictionary(fc.constantFrom('x', 'y', 'inner'), leaf);
  const value = fc.oneof(leaf, fields, fc.record({ inner: fields }));
  const before = (JSON.parse(twinJson) as { properties: { desired: object } }).properties.desired;
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.option(value))), (wishes) => {
      const operations = wishes.map(([name, wish]) =>
        wish === null ? remove(`/${name}`) : add(`/${name}`, wish),
      );
      const expected = new Map<string, unknown>(Object.entries(before));
      for (const [name, wish] of wishes) {
        expected.set(name, wish ?? undefined);
      }
      const wanted = Object.fromEntries([...expected].filter(([, wish]) => wish !== undefined));
      expect(merge(before, patchOf(...operations) ?? {})).toEqual(wanted);
    }),
  );
});

/** RFC 7396, of which the twin service makes its patches. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null) {
    return patch;
  }
  const isSection = typeof target === 'object' && target !== null;
  const merged = new Map<string, unknown>(isSection ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(name);
    } else {
      merged.set(name, merge(merged.get(name), value));
    }
  }
  return Object.fromEntries(merged);
}

test.each<[string, (component: string) => PatchOperation[]]>([
  ['removed and begun anew', (path) => [remove(path), add(`${path}/fresh`, 1)]],
  ['replaced', (path) => [add(path, { $metadata: {} })]],
])('a large component %s ten thousand times costs no more than the text', (_, operationsOf) => {
  const members = Object.fromEntries(
    Array.from({ length: 2_000 }, (_each, index) => [`p${index}`, 1]),
  );
  const properties = { desired: { pump: { __t: 'c', ...members } }, reported: {} };
  const large = JSON.stringify({ deviceId: 'd1', properties });
  const operations = Array.from({ length: 10_000 }, () => operationsOf('/pump')).flat();
  const begunMs = performance.now();
  toDesiredPatch(large, operations);
  expect(performance.now() - begunMs).toBeLessThan(2_000);
});
