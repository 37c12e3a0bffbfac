import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { HeldTokens } from './held-tokens.js';

const key = Buffer.alloc(32, 1).toString('base64');
const device = { deviceId: 'd1' };
const minuteMs = 60_000;

let now: Date;
let held: HeldTokens;

beforeEach(() => {
  now = new Date('2030-01-01T00:00:00Z');
  held = new HeldTokens(() => now);
});

/** @param minutes for which it is good */
function tokenOf(path: string, minutes: number, policy?: string): string {
  const expiresAt = new Date(now.getTime() + minutes * minuteMs);
  return createSasToken({ audience: `h.example.net${path}`, key, policy, expiresAt });
}

function pass(minutes: number): void {
  now = new Date(now.getTime() + minutes * minuteMs);
}

test("a device's own counts before a policy's, and the newest of each", () => {
  const policys = tokenOf('', 60, 'device');
  held.holdPolicys(policys, 8);
  expect(held.findFor(device)?.text).toBe(policys);
  held.holdOwn(device, tokenOf('/devices/d1', 60));
  const own = tokenOf('/devices/d1', 90);
  held.holdOwn(device, own);
  expect(held.findFor(device)).toMatchObject({ text: own, host: 'h.example.net' });
  expect(held.findFor({ deviceId: 'd2' })?.text).toBe(policys);
});

test('what has expired hides nothing', () => {
  held.holdOwn(device, tokenOf('/devices/d1', 10));
  held.holdPolicys(tokenOf('', 20, 'device'), 8);
  const last = tokenOf('/devices/d1', 60, 'device');
  held.holdPolicys(last, 8);
  pass(30);
  expect(held.findFor(device)?.text).toBe(last);
  expect(held.findFor({ deviceId: 'd2' })).toBeUndefined();
});

test('of policies the newest that covers it counts', () => {
  held.holdPolicys(tokenOf('/devices/d1', 60, 'device'), 8);
  const newest = tokenOf('', 60, 'device');
  held.holdPolicys(newest, 8);
  expect(held.findFor(device)?.text).toBe(newest);
});

test('of policies that cover it those count that have the right, whatever else is newer', () => {
  const covers = () => true;
  const [service, devices] = [tokenOf('', 60, 'service'), tokenOf('', 60, 'device')];
  held.holdPolicys(service, 4);
  held.holdPolicys(devices, 8);
  expect(held.findPolicys('ServiceConnect', covers)?.text).toBe(service);
  expect(held.findFor(device)?.text).toBe(devices);
  expect(held.findPolicys('RegistryRead', covers)?.text).toBe(devices);
  expect(held.findPolicys('ServiceConnect', ({ text }) => text !== service)?.text).toBe(devices);
  expect(held.findPolicys('ServiceConnect', () => false)).toBeUndefined();
});

test('there are so many at most, of which the expired do not count', () => {
  for (let number = 0; number < 16; number++) {
    held.holdPolicys(tokenOf(`/devices/p${number}`, 10, 'device'), 8);
  }
  const another = tokenOf('', 60, 'device');
  expect(() => {
    held.holdPolicys(another, 8);
  }).toThrow('A connection has 16 tokens at most.');
  held.holdPolicys(tokenOf('/devices/p3', 60, 'device'), 8);
  pass(20);
  held.holdPolicys(another, 8);
  expect(held.findFor(device)?.text).toBe(another);
});

describe('tokens that are held', () => {
  const freeBytes = 4_096;
  const long = (path: string, minutes: number, policy?: string): string =>
    `${tokenOf(path, minutes, policy)}&any=`.padEnd(8_192, 'x');

  test('count beyond what each connection may have', () => {
    held.holdOwn(device, tokenOf('/devices/d1', 60));
    held.holdPolicys(tokenOf('', 60, 'device'), 8);
    expect(held.keptBytes).toBe(0);
    for (let number = 1; number <= 100; number++) {
      held.holdOwn({ deviceId: `d${number}` }, long(`/devices/d${number}`, 60));
    }
    expect(held.keptBytes).toBeGreaterThan(100 * 2 * 8_192 - freeBytes);
  });

  test('count until a newer one has taken their place', () => {
    held.holdOwn(device, long('/devices/d1', 60));
    const { keptBytes } = held;
    held.holdOwn(device, long('/devices/d1', 90));
    expect(held.keptBytes).toBe(keptBytes);
    held.holdOwn(device, tokenOf('/devices/d1', 120));
    expect(held.keptBytes).toBe(0);
  });

  test('count until they have expired, and another needs their place', () => {
    for (let number = 0; number < 16; number++) {
      held.holdPolicys(long(`/devices/p${number}`, 10, 'device'), 8);
    }
    pass(20);
    held.holdPolicys(tokenOf('', 60, 'device'), 8);
    expect(held.keptBytes).toBe(0);
  });
});
