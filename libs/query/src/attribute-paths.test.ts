import { expect, test } from '@jest/globals';
import { attributePaths } from './attribute-paths.js';
import { parseQuery } from './parse-query.js';

test.each([
  ['SELECT tags.a FROM devices', []],
  [
    "SELECT * FROM devices WHERE NOT (tags.a + -version = 1 OR STARTSWITH(deviceId, 'a')) AND status IN ['x']",
    ['tags', 'version', 'deviceId', 'status'],
  ],
  [
    'SELECT status, COUNT(), AVG(properties.reported.a) FROM devices GROUP BY status, tags.b',
    ['status', 'tags', 'properties.reported'],
  ],
])('%s', (text, paths) => {
  expect([...attributePaths(parseQuery(text))]).toEqual(paths);
});
