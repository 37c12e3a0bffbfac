import { expect, test } from '@jest/globals';
import type { Identity } from '../identity.js';
import { formatModule, moduleSchema, toModuleDefinition } from './module-json.js';

const identity: Identity = {
  deviceId: 'pump-7',
  moduleId: '$edgeAgent',
  generationId: '638900112233445566',
  etag: 'MTA0Mg==',
  status: 'enabled',
  statusReason: undefined,
  statusUpdatedTime: undefined,
  connectionState: 'Connected',
  connectionStateUpdatedTime: new Date('2026-02-01T10:00:00.123Z'),
  lastActivityTime: undefined,
  cloudToDeviceMessageCount: 0,
  authentication: {
    type: 'none',
    primaryKey: undefined,
    secondaryKey: undefined,
    primaryThumbprint: undefined,
    secondaryThumbprint: undefined,
  },
  iotEdge: false,
  deviceScope: undefined,
  parentScopes: [],
  managedBy: 'iotEdge',
  attributesJson: undefined,
};

test('service-rest 23: a module is written in the order of section 3, without a status', () => {
  expect(JSON.stringify(formatModule(identity))).toBe(
    '{"moduleId":"$edgeAgent","managedBy":"iotEdge","deviceId":"pump-7",' +
      '"generationId":"638900112233445566","etag":"MTA0Mg==","connectionState":"Connected",' +
      '"connectionStateUpdatedTime":"2026-02-01T10:00:00.1230000Z",' +
      '"lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,' +
      '"authentication":{"symmetricKey":{"primaryKey":null,"secondaryKey":null},' +
      '"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"none"}}',
  );
});

test('what the hub has written is read back', () => {
  const body = moduleSchema.parse(JSON.parse(JSON.stringify(formatModule(identity))));
  const path = { deviceId: 'pump-7', moduleId: '$edgeAgent' };

  expect(toModuleDefinition(path, body)).toMatchObject({
    ...path,
    managedBy: 'iotEdge',
    authentication: identity.authentication,
    status: undefined,
  });
});

test.each([
  [{ deviceId: 'other' }, 'deviceId'],
  [{ moduleId: 'Mine' }, 'moduleId'],
])('a body that names another (%j) is refused', (json, member) => {
  expect(() =>
    toModuleDefinition({ deviceId: 'd', moduleId: 'mine' }, moduleSchema.parse(json)),
  ).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(member) }),
  );
});
