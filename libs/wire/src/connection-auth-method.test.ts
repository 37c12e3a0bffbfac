import { expect, test } from '@jest/globals';

import { formatConnectionAuthMethod } from './connection-auth-method.js';

test.each([
  [
    'device',
    'sas',
    '{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
  ],
  [
    'module',
    'sas',
    '{"scope":"module","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
  ],
  ['hub', 'sas', '{"scope":"hub","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}'],
  [
    'device',
    'x509Certificate',
    '{"scope":"device","type":"x509Certificate","issuer":"external","acceptingIpFilterRule":null}',
  ],
] as const)('device-mqtt 37: %s, %s', (scope, type, text) => {
  expect(formatConnectionAuthMethod(scope, type)).toBe(text);
});
