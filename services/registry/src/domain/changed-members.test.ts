import { expect, test } from '@jest/globals';
import { changedMembers } from './changed-members.js';
import { identityContent, sampleKeys, sampleTime } from './samples.fake.js';

const before = identityContent({ status: 'enabled', parentScopes: ['a'] });

test('names what differs by its path, and shows no value', () => {
  const after = identityContent({
    status: 'disabled',
    statusUpdatedTime: sampleTime,
    parentScopes: ['a', 'b'],
    authentication: { type: 'sas', primaryKey: sampleKeys[2], secondaryKey: sampleKeys[1] },
  });

  expect(changedMembers(before, after)).toEqual([
    'authentication.primaryKey',
    'parentScopes',
    'status',
    'statusUpdatedTime',
  ]);
});

test('a type that changes takes its material along', () => {
  const after = identityContent({ parentScopes: ['a'], authentication: { type: 'none' } });

  expect(changedMembers(before, after)).toEqual([
    'authentication.primaryKey',
    'authentication.secondaryKey',
    'authentication.type',
  ]);
});

test('what only the stored one has is no change, nor is an equal time', () => {
  const stored = { ...before, etag: 'MQ==', statusUpdatedTime: sampleTime };
  const after = { ...before, statusUpdatedTime: new Date(sampleTime) };

  expect(changedMembers<typeof before>(stored, after)).toEqual([]);
});

test('of very many the first are named', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`t${index}`, 1]));

  const changed = changedMembers<object>({ tags: {} }, { tags: many });

  expect(changed).toHaveLength(65);
  expect(changed.at(-1)).toBe('...');
});
