import { expect, test } from '@jest/globals';
import {
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  parseConnectionStateEvent,
  type ConnectionStateEvent,
} from './connection-state-event.js';

const event: ConnectionStateEvent = {
  hub: 'local',
  deviceId: 'd1',
  moduleId: undefined,
  generationId: '638900112233445566',
  type: 'deviceConnected',
  sequenceNumber: '0'.repeat(63) + '7',
  occurredAt: new Date('2026-06-01T22:27:50.261Z'),
  cause: 'connect',
  modelId: 'dtmi:com:example:Thermostat;1',
};

test.each([
  event,
  { ...event, moduleId: 'm1', type: 'deviceDisconnected', cause: 'takeover', modelId: undefined },
])('a record gives back the event that was written (%#)', (written) => {
  const record = {
    value: Buffer.from(connectionStateEventValue(written as ConnectionStateEvent)),
    headers: new Map(connectionStateEventHeaders(written as ConnectionStateEvent)),
  };

  expect(parseConnectionStateEvent(record)).toEqual(written);
});

test('events-monitoring 9: operationTimestamp has seven fraction digits and Z', () => {
  expect(new Map(connectionStateEventHeaders(event)).get('operationTimestamp')).toBe(
    '2026-06-01T22:27:50.2610000Z',
  );
});

test('the events of a device and its modules share a key', () => {
  expect(connectionStateEventKey({ ...event, moduleId: 'm1' })).toBe('local/d1');
});

test('a record of another kind is not taken for one', () => {
  expect(
    parseConnectionStateEvent({
      value: Buffer.from('{}'),
      headers: new Map([['iothub-message-source', 'twinChangeEvents']]),
    }),
  ).toBeUndefined();
});
