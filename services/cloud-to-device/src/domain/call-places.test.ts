import { expect, test } from '@jest/globals';
import { callBytes, CallPlaces } from './call-places.js';
import type { MethodCall } from './method-call.js';

function call(hub: string, payloadBytes = 0): MethodCall {
  return {
    hub,
    hubGeneration: 'g1',
    identity: { deviceId: 'd1' },
    methodName: 'm',
    payload: Buffer.alloc(payloadBytes),
    connectTimeoutSeconds: 0,
    responseTimeoutSeconds: 30,
  };
}

function fill(places: CallPlaces, hub: string, payloadBytes = 0): number {
  for (let entered = 0; ; entered++) {
    try {
      places.enter(call(hub, payloadBytes));
    } catch {
      return entered;
    }
  }
}

test('one hub leaves room for others', () => {
  const places = new CallPlaces(12 * callBytes);

  expect(fill(places, 'hub-a')).toBe(6);
  expect(() => places.enter(call('hub-a'))).toThrow(
    expect.objectContaining({ code: 'ServiceUnavailable', retryAfterMs: 1_000 }),
  );
  expect(fill(places, 'hub-b')).toBe(3);
});

test('what a call gives back is there again', () => {
  const places = new CallPlaces(12 * callBytes);
  const room = places.enter(call('hub-a'));
  fill(places, 'hub-a');
  room.leave();

  expect(fill(places, 'hub-a')).toBe(1);
});

test('large payloads take more', () => {
  expect(fill(new CallPlaces(100 * callBytes), 'hub-a', 2 * callBytes)).toBe(10);
});
