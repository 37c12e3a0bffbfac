import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { checkJson } from '@linchpin/wire/json';
import {
  formatRegeneratedKeys,
  parseRegenerateKeys,
  regenerateKeysSchema,
} from './regenerate-keys-json.js';

const parse = (body: unknown) =>
  parseRegenerateKeys(checkJson(body, regenerateKeysSchema, 'The body'));
const devices = [{ id: 'd1' }, { id: 'd1', moduleId: 'm1' }];

test.each([
  ['primaryKey', 'primary'],
  ['SecondaryKey', 'secondary'],
  ['both', 'both'],
] as const)('%s', (policyKey, which) => {
  expect(parse({ policyKey, devices })).toEqual({
    which,
    identities: [
      { deviceId: 'd1', moduleId: undefined },
      { deviceId: 'd1', moduleId: 'm1' },
    ],
  });
});

test.each<[string, object]>([
  ['InvalidPolicyKey', { devices }],
  ['InvalidPolicyKey', { policyKey: 'primary', devices }],
  ['InvalidPolicyKey', { policyKey: 'toString', devices }],
  ['ArgumentInvalid', { policyKey: 'both' }],
  ['ArgumentInvalid', { policyKey: 'both', devices: [] }],
  ['ArgumentInvalid', { policyKey: 'both', devices: [{}] }],
  ['ArgumentInvalid', { policyKey: 'both', devices: ['d1'] }],
  ['DeviceDefinedMultipleTimes', { policyKey: 'both', devices: [...devices, { id: 'd1' }] }],
  [
    'TooManyDevices',
    { policyKey: 'both', devices: Array.from({ length: 101 }, (_, index) => ({ id: `${index}` })) },
  ],
])('%s for %j', (code, body) => {
  expect(() => parse(body)).toThrow(expect.objectContaining({ code }));
});

test('answers each with its keys or its error', () => {
  const keys = { primaryKey: 'p', secondaryKey: 's' };
  const error = new HubError('ModuleNotFound', 'Not there.');
  expect(formatRegeneratedKeys(parse({ policyKey: 'primarykey', devices }), [keys, error])).toEqual(
    {
      policyKey: 'primaryKey',
      rotatedKeys: [{ id: 'd1', moduleId: null, ...keys }],
      errors: [
        { id: 'd1', moduleId: 'm1', errorCode: 'ModuleNotFound', errorStatus: 'Not there.' },
      ],
    },
  );
});
