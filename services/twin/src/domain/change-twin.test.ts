import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import fc from 'fast-check';
import { changeTwin, patchReported, type TwinUpdate } from './change-twin.js';
import type { JsonValue } from './json-value.js';
import { documents, now, nowText, patches, twinOf } from './samples.fake.js';
import { freshTwin, type BackEndPart } from './twin.js';

const nothing: TwinUpdate = {
  mode: 'patch',
  tags: undefined,
  desired: undefined,
  ifMatch: undefined,
};

const changed = (before: BackEndPart, update: Partial<TwinUpdate>) =>
  changeTwin(before, { ...nothing, ...update }, now);

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof HubError ? error.code : String(error);
  }
  return 'none';
};

const full = changed(freshTwin, {
  tags: { site: 'A', x: 1 },
  desired: { a: { b: 1 }, c: 2 },
}).after;

test('a fresh twin has version 2 and etag 1, its sections version 1', () => {
  expect(freshTwin).toMatchObject({
    version: 2,
    etagCounter: 1,
    tags: {},
    desired: { version: 1 },
    reported: { version: 1 },
  });
});

test('a patch merges what it names; one section alone raises its version and the twin’s', () => {
  const { after } = changed(full, { desired: { a: { b: null, n: 3 } } });

  expect(after).toMatchObject({ version: 4, etagCounter: 3, tags: { site: 'A', x: 1 } });
  expect(after.desired).toMatchObject({ version: 3, document: { a: { n: 3 }, c: 2 } });
  expect(after.desired.metadata).toEqual({
    $lastUpdated: nowText,
    $lastUpdatedVersion: 3,
    a: {
      $lastUpdated: nowText,
      $lastUpdatedVersion: 3,
      n: { $lastUpdated: nowText, $lastUpdatedVersion: 3 },
    },
    c: { $lastUpdated: nowText, $lastUpdatedVersion: 2 },
  });
  expect(changed(full, { tags: { x: null } }).after).toMatchObject({
    version: 4,
    tags: { site: 'A' },
    desired: full.desired,
  });
});

test('a replacement replaces the sections that it has', () => {
  const { after } = changed(full, { mode: 'replace', tags: { y: 1, z: null } });

  expect(after.tags).toEqual({ y: 1 });
  expect(after.desired).toEqual(full.desired);
  const emptied = changed(full, { mode: 'replace', desired: {} }).after;
  expect(emptied.desired).toMatchObject({ version: 3, document: {} });
});

test('null empties a section; what the hub alone writes is ignored', () => {
  expect(changed(full, { tags: null, desired: null }).after).toMatchObject({
    tags: {},
    desired: { document: {}, version: 3 },
  });
  expect(changed(full, { desired: null }).desired).toEqual({ a: null, c: null });
  expect(changed(full, { mode: 'replace', desired: null }).after.desired.document).toEqual({});
  const readBack = { c: 3, $metadata: { whatever: 1 }, $version: 17 };
  expect(changed(full, { desired: readBack }).after.desired).toMatchObject({
    version: 3,
    document: { a: { b: 1 }, c: 3 },
  });
});

test('an update without sections changes nothing; one without members counts', () => {
  expect(changed(full, {}).after).toBe(full);
  expect(changed(full, { desired: {} }).after).toMatchObject({
    version: 4,
    etagCounter: 3,
    desired: { version: 3, document: full.desired.document },
  });
});

test('only the entity tag that is expected, or any, lets an update through', () => {
  const update = { tags: { a: 1 } };

  expect(codeOf(() => changed(full, { ...update, ifMatch: 'AAAAAAAAAAE=' }))).toBe(
    'PreconditionFailed',
  );
  expect(codeOf(() => changed(full, { ...update, ifMatch: '' }))).toBe('PreconditionFailed');
  expect(changed(full, { ...update, ifMatch: 'AAAAAAAAAAI=' }).after.version).toBe(4);
  expect(changed(full, { ...update, ifMatch: '*' }).after.version).toBe(4);
});

test('limits are of the result: a patch may not make a section too large, and may shrink a full one', () => {
  const parts = Array.from({ length: 8 }, (_, index): [string, string] => {
    return [`k${index}`, 'x'.repeat(4_000)];
  });
  const fullDesired = changed(freshTwin, { desired: Object.fromEntries(parts) }).after;

  expect(codeOf(() => changed(fullDesired, { desired: { more: 'x'.repeat(1_000) } }))).toBe(
    'ArgumentInvalid',
  );
  const swapped = changed(fullDesired, { desired: { k0: null, more: 'x'.repeat(4_000) } });
  expect(swapped.after.desired.version).toBe(3);
});

test.each<[JsonValue]>([['text'], [7], [[]], [true]])('%j is no section', (section) => {
  expect(codeOf(() => changed(full, { tags: section }))).toBe('ArgumentInvalid');
  expect(codeOf(() => changed(full, { mode: 'replace', desired: section }))).toBe(
    'ArgumentInvalid',
  );
  expect(codeOf(() => patchReported(freshTwin.reported, section, undefined, now))).toBe(
    'ArgumentInvalid',
  );
});

test('reported properties have a version of their own, and metadata without it', () => {
  const { after } = patchReported(freshTwin.reported, { fw: '1.1', old: null }, 1, now);

  expect(after).toEqual({
    version: 2,
    document: { fw: '1.1' },
    metadata: { $lastUpdated: nowText, fw: { $lastUpdated: nowText } },
  });
  expect(patchReported(after, {}, undefined, now).after.version).toBe(3);
  expect(codeOf(() => patchReported(after, {}, 1, now))).toBe('PreconditionFailed');
  expect(codeOf(() => patchReported(after, { $version: 2 }, undefined, now))).toBe(
    'ArgumentInvalid',
  );
});

test('versions rise by one with each change, whatever it is', () => {
  const updates = fc.record({
    mode: fc.constantFrom('patch' as const, 'replace' as const),
    tags: fc.option(patches, { nil: undefined }),
    desired: fc.option(documents, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(updates, { maxLength: 5 }), (changes) => {
      let twin: BackEndPart = twinOf();
      for (const update of changes) {
        const { after } = changed(twin, update);
        const isChange = update.tags !== undefined || update.desired !== undefined;
        expect(after.version - twin.version).toBe(Number(isChange));
        expect(after.etagCounter - twin.etagCounter).toBe(Number(isChange));
        expect(after.desired.version - twin.desired.version).toBe(
          Number(update.desired !== undefined),
        );
        twin = after;
      }
    }),
  );
});
