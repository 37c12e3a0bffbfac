import { expect, test } from '@jest/globals';
import { WaitingTelemetry } from './waiting-telemetry.js';

/** One byte after the other, as long as it may. */
function fill(waiting: WaitingTelemetry, hub: string): number {
  let bytes = 0;
  while (!waiting.isOverfull(hub)) {
    waiting.add(hub, 1);
    bytes += 1;
  }
  return bytes;
}

test('a hub alone has three quarters, and whoever comes then finds room', () => {
  const waiting = new WaitingTelemetry(1_600);
  expect(fill(waiting, 'flooding')).toBe(1_201);
  expect(waiting.isOverfull('other')).toBe(false);
  expect(fill(waiting, 'other')).toBeGreaterThan(290);
});

test('what was stored makes room, and leaves nothing behind', () => {
  const waiting = new WaitingTelemetry(1_600);
  const bytes = fill(waiting, 'flooding');
  waiting.remove('flooding', 1);
  expect(waiting.isOverfull('flooding')).toBe(false);
  waiting.remove('flooding', bytes - 1);
  expect(waiting.hubs).toEqual([]);
  expect(fill(waiting, 'other')).toBe(bytes);
});
