import { expect, test } from '@jest/globals';
import {
  hasTwinContent,
  importActionOf,
  importModeMatchesTag,
  importModes,
} from './import-modes.js';

test('each mode is an action, with a tag that must fit or without', () => {
  expect(
    importModes.map((mode) => [mode, importActionOf(mode), importModeMatchesTag(mode)]),
  ).toEqual([
    ['create', 'create', false],
    ['createOrUpdate', 'createOrUpdate', false],
    ['createOrUpdateIfMatchETag', 'createOrUpdate', true],
    ['update', 'update', false],
    ['updateIfMatchETag', 'update', true],
    ['delete', 'delete', false],
    ['deleteIfMatchETag', 'delete', true],
    ['updateTwin', undefined, false],
    ['updateTwinIfMatchETag', undefined, true],
  ]);
});

test.each([
  [undefined, false],
  [null, false],
  [{}, false],
  [{ $metadata: {}, $version: 1 }, false],
  [{ $version: 1, rate: null }, true],
])('a section of a twin %j has content: %s', (section, expected) => {
  expect(hasTwinContent(section)).toBe(expected);
});
