import { expect, test } from '@jest/globals';
import { encodeTwinChange } from './twin-change-event.js';

const event = {
  hub: 'hub-a',
  hubGeneration: '7',
  deviceId: 'd1',
  moduleId: undefined,
  generationId: '638900112233440001',
  type: 'updateTwin',
  occurredAt: new Date('2026-06-01T22:27:50.261Z'),
  bodyJson: '{"version":7}',
} as const;

test("a twin's change has the envelope of routed events", () => {
  expect(encodeTwinChange(event)).toEqual({
    key: 'hub-a/d1',
    value: '{"version":7}',
    headers: [
      ['content-type', 'application/json'],
      ['content-encoding', 'utf-8'],
      ['iothub-connection-device-id', 'd1'],
      ['iothub-message-source', 'twinChangeEvents'],
      ['iothub-message-schema', 'twinChangeNotification'],
      ['deviceId', 'd1'],
      ['hubName', 'hub-a'],
      ['operationTimestamp', '2026-06-01T22:27:50.2610000Z'],
      ['opType', 'updateTwin'],
      ['linchpin-generation-id', '638900112233440001'],
      ['linchpin-hub-generation', '7'],
    ],
  });
});

test('that of a module has its id as well, and the key of its device', () => {
  const { key, headers } = encodeTwinChange({ ...event, moduleId: 'm1', type: 'replaceTwin' });

  expect(key).toBe('hub-a/d1');
  expect(Object.fromEntries(headers)).toMatchObject({
    'iothub-connection-module-id': 'm1',
    moduleId: 'm1',
    opType: 'replaceTwin',
  });
});
