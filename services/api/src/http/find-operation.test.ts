import { expect, test } from '@jest/globals';
import { parseRequestTarget } from '@linchpin/platform/http-server';
import { findOperation, formatPath, type FoundOperation } from './find-operation.js';
import { administrationOperations, serviceOperations } from './operations.js';
import { unservedOperations } from './unserved-operations.js';

const all = [...serviceOperations, ...administrationOperations, ...unservedOperations];

function find(method: string, path: string): ReturnType<typeof findOperation> {
  return findOperation(method, parseRequestTarget(path).segments);
}

test.each(all.map(({ method, path }) => [method, path] as const))(
  '%s %s finds itself and no other',
  (method, path) => {
    const example = path.replace(/\{(\w+)\}/g, '$1-of-mine');
    const same = all.filter((one) => one.method === method && one.path === path);

    expect(find(method, example).operation).toMatchObject({ method, path });
    expect(same).toHaveLength(1);
  },
);

test.each([
  ['/Messages/servicebound/FEEDBACK', 'GET'],
  ['/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.devices/iothubs/h', 'GET'],
  ['/Devices/', 'GET'],
])('%s: literals match in any letter case', (path, method) => {
  expect(find(method, path).operation).toBeDefined();
});

test('ids keep their letter case and characters', () => {
  const found = find('GET', '/devices/A%23b/modules/%24edgeHub') as FoundOperation;

  expect(Object.fromEntries(found.parameters)).toEqual({ deviceId: 'A#b', moduleId: '$edgeHub' });
  expect(formatPath(found, (id) => id)).toBe('/devices/A#b/modules/$edgeHub');
  expect(formatPath(found, encodeURIComponent)).toBe('/devices/A%23b/modules/%24edgeHub');
});

test.each([
  ['GET', '/devices/query', 'GetDevice'],
  ['GET', '/devices/keys', 'GetDevice'],
  ['PUT', '/devices/modules', 'PutDevice'],
])('%s %s is of a device that has the name of an operation', (method, path, name) => {
  expect(find(method, path).operation).toMatchObject({ name });
});

test('jobs/v2/query is no job', () => {
  expect(find('GET', '/jobs/v2/query').operation?.path).toBe('/jobs/v2/query');
});

test('a path that has the method not says which it has', () => {
  expect(find('PATCH', '/devices/d1')).toEqual({
    operation: undefined,
    allowedMethods: ['DELETE', 'GET', 'PUT'],
  });
});

test.each(['/', '/nope', '/devices//modules', '/devices/a/modules/b/c', '/devices/a/nope'])(
  'there is no %s',
  (path) => {
    expect(find('GET', path)).toEqual({ operation: undefined, allowedMethods: [] });
  },
);
