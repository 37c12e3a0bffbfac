import { describe, expect, test } from '@jest/globals';
import { resolveScopes } from './edge-scope.js';

const parent = 'ms-azure-iot-edge://parent-638900000000000000';
const own = 'ms-azure-iot-edge://e1-638900000000000009';
const leaf = { deviceId: 'd', iotEdge: false, deviceScope: undefined, parentScopes: [] };
const edge = { ...leaf, deviceId: 'e1', iotEdge: true };
const storedEdge = { iotEdge: true, deviceScope: own, parentScopes: [] };
const storedLeaf = { iotEdge: false, deviceScope: parent, parentScopes: [parent] };

function resolve(
  wanted: Parameters<typeof resolveScopes>[0],
  stored?: Parameters<typeof resolveScopes>[1],
) {
  return resolveScopes(wanted, stored, () => 638_900_000_000_000_009n);
}

describe('an Edge device', () => {
  test('gets a scope of its own, whatever the client says', () => {
    expect(resolve({ ...edge, deviceScope: parent })).toEqual({
      deviceScope: own,
      parentScopes: [],
    });
  });

  test('keeps it, and names its parent', () => {
    const stored = { ...storedEdge, deviceScope: 'ms-azure-iot-edge://e1-1' };
    expect(resolve({ ...edge, parentScopes: [parent] }, stored)).toEqual({
      deviceScope: 'ms-azure-iot-edge://e1-1',
      parentScopes: [parent],
    });
  });

  test('gets one when it becomes an Edge device', () => {
    expect(resolve({ ...edge, ...storedLeaf, iotEdge: true }, storedLeaf)).toEqual({
      deviceScope: own,
      parentScopes: [parent],
    });
  });

  test('loses it when it ceases to be one', () => {
    expect(resolve({ ...edge, iotEdge: false, deviceScope: own }, storedEdge)).toEqual({
      deviceScope: undefined,
      parentScopes: [],
    });
  });

  test('is not its own parent', () => {
    expect(() => resolve({ ...edge, parentScopes: [own] }, storedEdge)).toThrow('its own parent');
  });
});

describe('a leaf', () => {
  test("service-rest 21: has its parent's scope in both members", () => {
    expect(resolve({ ...leaf, deviceScope: parent })).toEqual(storedOf(parent));
    expect(resolve({ ...leaf, parentScopes: [parent] })).toEqual(storedOf(parent));
  });

  test('changes and loses its parent by deviceScope, though the client sends back parentScopes', () => {
    const other = 'ms-azure-iot-edge://other-1';
    expect(resolve({ ...leaf, deviceScope: other, parentScopes: [parent] }, storedLeaf)).toEqual(
      storedOf(other),
    );
    expect(resolve({ ...leaf, deviceScope: '', parentScopes: [parent] }, storedLeaf)).toEqual({
      deviceScope: undefined,
      parentScopes: [],
    });
  });

  test('may have text of another scheme', () => {
    expect(resolve({ ...leaf, deviceScope: 'anything' })).toEqual(storedOf('anything'));
  });

  test.each(['ms-azure-iot-edge://', 'ms-azure-iot-edge://d', 'ms-azure-iot-edge://d/e-1'])(
    'refuses the malformed scope %s',
    (deviceScope) => {
      expect(() => resolve({ ...leaf, deviceScope })).toThrow(
        expect.objectContaining({ code: 'InvalidDeviceScope' }),
      );
    },
  );

  test('has one parent at most', () => {
    expect(() => resolve({ ...leaf, parentScopes: [parent, own] })).toThrow('at most one parent');
  });
});

function storedOf(scope: string) {
  return { deviceScope: scope, parentScopes: [scope] };
}
