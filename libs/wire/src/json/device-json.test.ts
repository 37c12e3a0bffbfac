import { expect, test } from '@jest/globals';
import type { Identity } from '../identity.js';
import { deviceSchema, formatDevice, toDeviceDefinition } from './device-json.js';

const identity: Identity = {
  deviceId: 'pump-7',
  moduleId: undefined,
  generationId: '638900112233445566',
  etag: 'MTA0Mg==',
  status: 'enabled',
  statusReason: undefined,
  statusUpdatedTime: undefined,
  connectionState: 'Disconnected',
  connectionStateUpdatedTime: undefined,
  lastActivityTime: undefined,
  cloudToDeviceMessageCount: 0,
  authentication: {
    type: 'sas',
    primaryKey: 'cHJpbWFyeQ==',
    secondaryKey: 'c2Vjb25kYXJ5',
    primaryThumbprint: undefined,
    secondaryThumbprint: undefined,
  },
  iotEdge: false,
  deviceScope: undefined,
  parentScopes: [],
  managedBy: undefined,
  attributesJson: undefined,
};
const withAttributes = true;

test('service-rest 9, 19: a fresh device is written member by member as in section 16', () => {
  expect(JSON.stringify(formatDevice(identity, { withAttributes }))).toBe(
    '{"deviceId":"pump-7","generationId":"638900112233445566","etag":"MTA0Mg==",' +
      '"connectionState":"Disconnected","status":"enabled","statusReason":null,' +
      '"connectionStateUpdatedTime":"0001-01-01T00:00:00Z","statusUpdatedTime":"0001-01-01T00:00:00Z",' +
      '"lastActivityTime":"0001-01-01T00:00:00Z","cloudToDeviceMessageCount":0,' +
      '"authentication":{"symmetricKey":{"primaryKey":"cHJpbWFyeQ==","secondaryKey":"c2Vjb25kYXJ5"},' +
      '"x509Thumbprint":{"primaryThumbprint":null,"secondaryThumbprint":null},"type":"sas"},' +
      '"capabilities":{"iotEdge":false}}',
  );
});

test('what a device may have besides follows in the order of section 2.1', () => {
  const rich: Identity = {
    ...identity,
    status: 'disabled',
    statusReason: 'stolen',
    connectionState: 'Connected',
    lastActivityTime: new Date('2021-05-12T08:48:08.720Z'),
    iotEdge: true,
    deviceScope: 'ms-azure-iot-edge://pump-7-1',
    parentScopes: ['ms-azure-iot-edge://parent-1'],
    attributesJson: '{"a":[1]}',
  };
  const json = formatDevice(rich, { withAttributes });

  expect(json).toMatchObject({
    connectionState: 'Connected',
    status: 'disabled',
    statusReason: 'stolen',
    lastActivityTime: '2021-05-12T08:48:08.7200000Z',
    capabilities: { iotEdge: true },
    attributes: { a: [1] },
  });
  expect(Object.keys(json).slice(-4)).toEqual([
    'capabilities',
    'deviceScope',
    'parentScopes',
    'attributes',
  ]);
  expect(formatDevice(rich, { withAttributes: false })).not.toHaveProperty('attributes');
});

test('service-rest 13: material that a type does not have is null', () => {
  const authentication = {
    type: 'certificateAuthority' as const,
    primaryKey: undefined,
    secondaryKey: undefined,
    primaryThumbprint: undefined,
    secondaryThumbprint: undefined,
  };

  expect(formatDevice({ ...identity, authentication }, { withAttributes })).toHaveProperty(
    'authentication',
    {
      symmetricKey: { primaryKey: null, secondaryKey: null },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
      type: 'certificateAuthority',
    },
  );
});

test('what the hub has written is read back, its own members ignored', () => {
  const body = deviceSchema.parse(
    JSON.parse(JSON.stringify(formatDevice(identity, { withAttributes }))),
  );

  expect(toDeviceDefinition('pump-7', body, { withAttributes })).toEqual({
    deviceId: 'pump-7',
    status: 'enabled',
    statusReason: undefined,
    authentication: identity.authentication,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    managedBy: undefined,
    attributesJson: undefined,
  });
});

test.each([
  ['nothing', {}],
  [
    'null for everything',
    {
      deviceId: null,
      status: null,
      statusReason: null,
      authentication: null,
      capabilities: null,
      deviceScope: null,
      parentScopes: null,
      attributes: null,
    },
  ],
  [
    'types of old SDKs in what the hub sets',
    { etag: 1, cloudToDeviceMessageCount: '0', connectionState: 7, lastActivityTime: null },
  ],
])('a body with %s is a definition of a default device', (_, json) => {
  expect(toDeviceDefinition('d', deviceSchema.parse(json), { withAttributes })).toEqual({
    deviceId: 'd',
    status: undefined,
    statusReason: undefined,
    authentication: undefined,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    managedBy: undefined,
    attributesJson: undefined,
  });
});

test('words of a closed set are read in any letter case', () => {
  const body = deviceSchema.parse({ status: 'Disabled', authentication: { type: 'SelfSigned' } });

  expect(body.status).toBe('disabled');
  expect(body.authentication?.type).toBe('selfSigned');
});

test('an empty deviceScope is kept apart from an absent one: it removes the parent', () => {
  expect(deviceSchema.parse({ deviceScope: '' }).deviceScope).toBe('');
});

test('attributes count from api-version 2024-03-31 on', () => {
  const body = deviceSchema.parse({ attributes: { site: { floor: 2 } } });

  expect(toDeviceDefinition('d', body, { withAttributes })).toMatchObject({
    attributesJson: '{"site":{"floor":2}}',
  });
  expect(toDeviceDefinition('d', body, { withAttributes: false }).attributesJson).toBeUndefined();
});

test('members with the names of inherited ones change nothing', () => {
  const body = deviceSchema.parse(
    JSON.parse('{"__proto__":{"status":"disabled"},"constructor":{"prototype":{"x":1}}}'),
  );

  expect(body.status).toBeUndefined();
  expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  expect({}).not.toHaveProperty('x');
});

test.each([
  [{ status: 'asleep' }],
  [{ status: 1 }],
  [{ authentication: 'sas' }],
  [{ authentication: { type: 'password' } }],
  [{ authentication: { symmetricKey: { primaryKey: 5 } } }],
  [{ capabilities: { iotEdge: 'yes' } }],
  [{ parentScopes: 'one' }],
  [{ parentScopes: [1] }],
  [{ attributes: [] }],
  [[]],
  ['text'],
  [null],
])('%j is no device', (json) => {
  expect(deviceSchema.safeParse(json).success).toBe(false);
});

test('the ids of path and body must be one', () => {
  expect(() =>
    toDeviceDefinition('d1', deviceSchema.parse({ deviceId: 'D1' }), { withAttributes }),
  ).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
});

test('attributes are an object of at most ten levels, however deep a body goes', () => {
  const nested = (levels: number): unknown =>
    JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));

  expect(deviceSchema.safeParse({ attributes: nested(10) }).success).toBe(true);
  expect(deviceSchema.safeParse({ attributes: nested(11) }).success).toBe(false);
  expect(deviceSchema.safeParse({ attributes: nested(100_000) }).success).toBe(false);
  expect(deviceSchema.safeParse({ attributes: [] }).success).toBe(false);
});

test('attributes have at most 8 KiB in UTF-8 as they are kept', () => {
  const isTaken = (attributes: object): boolean => deviceSchema.safeParse({ attributes }).success;
  const frame = '{"a":""}'.length;

  expect(isTaken({ a: 'é'.repeat((8_192 - frame) / 2) })).toBe(true);
  expect(isTaken({ a: 'é'.repeat((8_192 - frame) / 2) + 'x' })).toBe(false);
  expect(isTaken({ a: Array.from({ length: 4_000 }, () => ({})) })).toBe(false);
});
