/**
 * What a service SDK notices of its hub's rates (security-limits.md section 10): of the default hub, for no
 * other hub's name leads an SDK to this machine.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Registry } from 'azure-iothub';
import { limitHub } from '../support/administration.js';
import { hub } from '../support/hub.js';
import { createDevice } from '../support/registry.js';

const standard = { name: 'S1', capacity: 1 };
let deviceId: string;

beforeEach(async () => {
  ({ deviceId } = await createDevice());
  await limitHub('local', 'tier', standard);
});

afterEach(async () => {
  await limitHub('local', 'unlimited', standard);
});

test('security-limits 26: the SDK hears ThrottlingError beyond the rate, and is served later', async () => {
  const registry = Registry.fromConnectionString(hub.connectionString);
  const outcomes: string[] = [];
  const get = async (): Promise<string> => {
    try {
      await registry.get(deviceId);
      return 'served';
    } catch (error) {
      return (error as Error).name;
    }
  };

  while (!outcomes.includes('ThrottlingError')) {
    outcomes.push(...(await Promise.all(Array.from({ length: 10 }, get))));
  }
  await eventually(async () => (await get()) === 'served');

  expect(outcomes.filter((outcome) => outcome === 'served').length).toBeGreaterThanOrEqual(100);
  expect(new Set(outcomes)).toEqual(new Set(['served', 'ThrottlingError']));
});
