import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  emptySection,
  mergePatch,
  patchSection,
  removalOf,
  replaceSection,
  type Section,
  type Stamp,
} from './apply-patch.js';
import { isJsonObject, memberOf, type JsonObject, type JsonValue } from './json-value.js';
import { documents, patches } from './samples.fake.js';

const early: Stamp = { $lastUpdated: 'early', $lastUpdatedVersion: 2 };
const late: Stamp = { $lastUpdated: 'late', $lastUpdatedVersion: 3 };

/** By text: `toEqual` looks past members named `__proto__`. */
const sameJson = (one: unknown, other: unknown): void => {
  expect(sorted(one)).toBe(sorted(other));
};

test('examples of RFC 7396 hold', () => {
  const document = JSON.parse('{"a":{"b":1,"c":{"d":2}},"e":[1],"f":"g"}') as JsonObject;

  expect(mergePatch(document, { a: { c: null, x: 7 }, e: [2, 3], f: { g: 1 } })).toEqual({
    a: { b: 1, x: 7 },
    e: [2, 3],
    f: { g: 1 },
  });
  expect(mergePatch(document, { a: 5, gone: null })).toEqual({ a: 5, e: [1], f: 'g' });
  expect(mergePatch({}, { a: {}, b: { c: null } })).toEqual({ a: {}, b: {} });
});

test('a document has what the patch names, and of the rest what it had', () => {
  fc.assert(
    fc.property(documents, patches, (document, patch) => {
      const merged = mergePatch(document, patch);

      for (const key of Object.keys(document)) {
        if (!Object.hasOwn(patch, key)) {
          sameJson(memberOf(merged, key), memberOf(document, key));
        }
      }
      for (const [key, value] of Object.entries(patch)) {
        if (value === null) {
          expect(Object.hasOwn(merged, key)).toBe(false);
        } else if (!isJsonObject(value)) {
          sameJson(memberOf(merged, key), value);
        }
      }
    }),
  );
});

test('nothing of the document is null, ever', () => {
  fc.assert(
    fc.property(documents, patches, (document, patch) => {
      expect(JSON.stringify(mergePatch(document, patch))).not.toMatch(/[:,[]null/);
    }),
  );
});

test('a patch that comes again changes nothing more', () => {
  fc.assert(
    fc.property(documents, patches, (document, patch) => {
      const once = mergePatch(document, patch);

      sameJson(mergePatch(once, patch), once);
      sameJson(mergePatch(document, once), mergePatch(mergePatch(document, once), once));
    }),
  );
});

test('two patches one after the other are as one of both, where there is nothing to merge into', () => {
  fc.assert(
    fc.property(patches, patches, (first, second) => {
      sameJson(mergePatch(mergePatch({}, first), second), mergePatch({}, composed(first, second)));
    }),
  );
});

test('a replacement is the document without its nulls, whatever was there', () => {
  fc.assert(
    fc.property(documents, patches, (document, next) => {
      const replaced = replaceSection(next, late);

      sameJson(replaced.document, mergePatch(mergePatch(document, removalOf(document)), next));
      sameJson(replaceSection(document, late).document, document);
    }),
  );
});

test('metadata mirrors the document after any changes', () => {
  fc.assert(
    fc.property(documents, fc.array(patches, { maxLength: 4 }), (document, changes) => {
      const section = changes.reduce<Section>(
        (before, patch) => patchSection(before, patch, late),
        replaceSection(document, early),
      );

      sameJson(shapeOf(section.metadata), shapeOf(mirrorOf(section.document)));
    }),
  );
});

test('a stamp is that of the change that named its member last', () => {
  const before = replaceSection({ a: { x: 1, y: 2 }, b: 3 }, early);

  expect(patchSection(before, { a: { x: 5, n: {} } }, late).metadata).toEqual({
    ...late,
    a: { ...late, x: late, y: early, n: late },
    b: early,
  });
  expect(patchSection(before, { a: 'no object' }, late).metadata).toEqual({
    ...late,
    a: late,
    b: early,
  });
  expect(patchSection(emptySection, {}, { $lastUpdated: 'late' })).toEqual({
    document: {},
    metadata: { $lastUpdated: 'late' },
  });
});

test('__proto__ is a member as any other', () => {
  const patch = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}',
  ) as JsonObject;
  const { document, metadata } = patchSection(emptySection, patch, late);

  expect(JSON.stringify(document)).toBe(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}',
  );
  expect(JSON.stringify(memberOf(metadata, '__proto__'))).toContain('polluted');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

/** One patch that does what both do, where an object finds no object to be merged into. */
function composed(first: JsonObject, second: JsonObject): JsonObject {
  const members = new Map(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const before = members.get(key);
    members.set(key, isJsonObject(before) && isJsonObject(value) ? composed(before, value) : value);
  }
  return Object.fromEntries(members);
}

/** Metadata as it must be, all of one stamp. */
function mirrorOf(value: JsonValue): JsonObject {
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return {
    ...Object.fromEntries(members.map(([key, member]) => [key, mirrorOf(member)])),
    ...late,
  };
}

function shapeOf(metadata: JsonObject): JsonObject {
  const members = Object.entries(metadata).map(([key, value]): [string, JsonValue] => [
    key,
    isJsonObject(value) ? shapeOf(value) : true,
  ]);
  return Object.fromEntries(members);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
