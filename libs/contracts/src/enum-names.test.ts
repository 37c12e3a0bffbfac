import { expect, test } from '@jest/globals';
import { bulkActionMessages, wordOf } from './enum-names.js';
import { BulkAction } from './gen/linchpin/registry/v1/bulk.js';

test('each value has its word, and no other value has one', () => {
  expect(wordOf(bulkActionMessages, BulkAction.CREATE_OR_UPDATE)).toBe('createOrUpdate');
  expect(wordOf(bulkActionMessages, BulkAction.UNSPECIFIED)).toBeUndefined();
  expect(wordOf(bulkActionMessages, 99)).toBeUndefined();
});
