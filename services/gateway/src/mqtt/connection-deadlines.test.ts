import { describe, expect, test } from '@jest/globals';
import { azureLimits } from '@linchpin/wire';
import { ConnectionDeadlines } from './connection-deadlines.js';

const minute = 60_000;
const opened = 1_000_000;

function connected(keepAliveSeconds: number, accessMs?: number): ConnectionDeadlines {
  const deadlines = new ConnectionDeadlines(opened - 5_000, minute);
  deadlines.connected(opened, keepAliveSeconds, accessMs);
  return deadlines;
}

describe('before CONNECT', () => {
  test('a minute is given, and bytes buy no more', () => {
    const deadlines = new ConnectionDeadlines(opened, minute);
    deadlines.signOfLife(opened + 59_000);
    expect(deadlines.endCauseAt(opened + minute)).toBeUndefined();
    expect(deadlines.endCauseAt(opened + minute + 1)).toBe('keep-alive-timeout');
  });
});

describe('keep-alive', () => {
  test.each([
    ['device-mqtt 11: one and a half times of 10 s', 10, 15_000],
    ['of 1 s', 1, 1_500],
    ['of 1177 s, the largest useful value', 1_177, 1_765_500],
    ['device-mqtt 12: capped, of 1740 s', 1_740, 1_767_000],
    ['capped, of the largest value', 65_535, 1_767_000],
    ['device-mqtt 12: of 0, the cap', 0, 1_767_000],
  ])('%s', (_, keepAliveSeconds, silenceMs) => {
    const deadlines = connected(keepAliveSeconds);
    expect(deadlines.endCauseAt(opened + silenceMs)).toBeUndefined();
    expect(deadlines.endCauseAt(opened + silenceMs + 1)).toBe('keep-alive-timeout');
  });

  test('device-mqtt 11: whatever the client sends begins it anew', () => {
    const deadlines = connected(10);
    for (let at = opened; at < opened + 10 * minute; at += 9_000) {
      expect(deadlines.endCauseAt(at)).toBeUndefined();
      deadlines.signOfLife(at);
    }
  });
});

describe('the access', () => {
  test.each([
    ['an hour from now', 60 * minute],
    ['at once', 0],
    ['a moment ago', -1],
  ])('ends %s', (_, accessMs) => {
    const deadlines = connected(0, accessMs);
    const end = opened + accessMs;
    for (let at = opened; at < end; at += minute) {
      deadlines.signOfLife(at);
    }
    expect(deadlines.endCauseAt(end - 1)).toBeUndefined();
    expect(deadlines.endCauseAt(end)).toBe('token-expired');
  });

  test('may be without end', () => {
    const deadlines = connected(0);
    const later = opened + 365 * 24 * 60 * minute;
    deadlines.signOfLife(later);
    expect(deadlines.endCauseAt(later)).toBeUndefined();
  });

  test('its end is told rather than the silence', () => {
    expect(connected(1, 0).endCauseAt(opened + 60 * minute)).toBe('token-expired');
  });
});

describe('a packet whose end has not come', () => {
  const longestMs = azureLimits.mqttRemainingLengthMax / 2;

  test('is late when the largest at 2 KB/s would be there, whatever comes meanwhile', () => {
    const deadlines = connected(0);
    deadlines.packetBegan(opened + minute);
    deadlines.signOfLife(opened + 2 * minute);
    expect(deadlines.isPacketLate(opened + minute + longestMs)).toBe(false);
    expect(deadlines.isPacketLate(opened + minute + longestMs + 1)).toBe(true);
  });

  test('has its whole time again when the gateway had not read', () => {
    const deadlines = connected(0);
    deadlines.packetBegan(opened);
    deadlines.readOn(opened + minute);
    expect(deadlines.isPacketLate(opened + minute + longestMs)).toBe(false);
  });

  test('is not late before CONNECT was answered', () => {
    const deadlines = new ConnectionDeadlines(opened, 10 * minute);
    deadlines.packetBegan(opened);
    expect(deadlines.isPacketLate(opened + 10 * minute)).toBe(false);
    deadlines.connected(opened + 10 * minute, 0, undefined);
    expect(deadlines.isPacketLate(opened + 10 * minute + longestMs)).toBe(false);
  });
});

describe('an end that is set', () => {
  test('comes whatever the client sends', () => {
    const deadlines = connected(0);
    deadlines.endAt(opened + 10_000, 'hub-limit');
    deadlines.signOfLife(opened + 9_999);
    expect(deadlines.endCauseAt(opened + 9_999)).toBeUndefined();
    expect(deadlines.endCauseAt(opened + 10_000)).toBe('hub-limit');
  });

  test('does not put off that of the access', () => {
    const deadlines = connected(0, 5_000);
    deadlines.endAt(opened + 10_000, 'hub-limit');
    expect(deadlines.endCauseAt(opened + 5_000)).toBe('token-expired');
  });
});
