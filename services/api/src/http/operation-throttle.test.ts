import { describe, expect, test } from '@jest/globals';
import { throttleClassOf } from './operation-throttle.js';
import { administrationOperations, serviceOperations, type Operation } from './operations.js';
import { unservedOperations } from './unserved-operations.js';

const all = [...serviceOperations, ...administrationOperations, ...unservedOperations];

function classesOf(begin: string): Set<string | undefined> {
  return new Set(
    all.filter(({ path }) => path.startsWith(begin)).map((operation) => throttleClassOf(operation)),
  );
}

describe('throttleClassOf', () => {
  test('every operation of a hub counts for a throttle, but for what its back ends receive and read', () => {
    const free = all.filter((operation) => throttleClassOf(operation) === undefined);
    const others = free.filter(
      ({ path }) => !/^\/(subscriptions|providers|messages\/(serviceBound|events))\b/.test(path),
    );
    expect(others).toEqual([]);
  });

  test.each([
    ['/statistics', ['registry']],
    ['/devices/query', ['queries']],
    ['/configurations', ['configurations']],
    ['/jobs', ['jobs']],
    ['/twins', ['methodBytes', 'twinReads', 'twinUpdates']],
  ])('%s: %p', (begin, expected) => {
    expect([...classesOf(begin)].sort()).toEqual(expected);
  });

  test.each([
    ['GET', '/devices', 'registry'],
    ['POST', '/devices', 'registry'],
    ['POST', '/devices/keys/regenerate', 'registry'],
    ['PUT', '/devices/{deviceId}/modules/{moduleId}', 'registry'],
    ['POST', '/devices/{deviceId}/messages/deviceBound', 'commandSends'],
    ['POST', '/devices/{deviceId}/modules/{moduleId}/messages/deviceBound', 'commandSends'],
    ['DELETE', '/devices/{deviceId}/commands', 'commandSends'],
  ] as const)('%s %s counts as %s', (method, path, expected) => {
    expect(throttleClassOf({ method, path } as Operation)).toBe(expected);
  });
});
