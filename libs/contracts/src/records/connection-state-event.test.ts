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

const recordOf = (written: ConnectionStateEvent) => ({
  value: Buffer.from(connectionStateEventValue(written)),
  headers: Object.fromEntries(
    connectionStateEventHeaders(written).map(([name, value]) => [name, Buffer.from(value)]),
  ),
});

test.each<ConnectionStateEvent>([
  event,
  { ...event, moduleId: 'm1', type: 'deviceDisconnected', cause: 'takeover', modelId: undefined },
])('a record gives back the event that was written (%#)', (written) => {
  expect(parseConnectionStateEvent(recordOf(written))).toEqual(written);
});

test.each<[string, Partial<ConnectionStateEvent>]>([
  ['a hub of no name', { hub: 'no name' }],
  ['a device without an id', { deviceId: '' }],
  ['a module of an id that is none', { moduleId: 'a/b' }],
  ['a generation that is no number', { generationId: '1e5' }],
  ['a generation that no bigint holds', { generationId: '9'.repeat(19) }],
  ['a sequence number that is too short', { sequenceNumber: '7' }],
  ['a kind of its own', { type: 'deviceMoved' as ConnectionStateEvent['type'] }],
  ['a time before all years', { occurredAt: new Date(-8.64e15) }],
  ['a time after all years', { occurredAt: new Date(8.64e15) }],
  ['a model with a control character', { modelId: 'a\0b' }],
])('a record with %s is none of the contract', (_what, members) => {
  expect(() => parseConnectionStateEvent(recordOf({ ...event, ...members }))).toThrow(Error);
});

test.each([null, Buffer.from('{}'), Buffer.from('no JSON')])(
  'nor is one of the value %s',
  (value) => {
    expect(() => parseConnectionStateEvent({ ...recordOf(event), value })).toThrow(Error);
  },
);

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
      headers: { 'iothub-message-source': 'twinChangeEvents' },
    }),
  ).toBeUndefined();
});
