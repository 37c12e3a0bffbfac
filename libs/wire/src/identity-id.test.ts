import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { refuses, survivesHostileInput } from './hostile-input.contract.js';
import {
  formatIdentityId,
  parseIdentityId,
  validateDeviceId,
  validateModuleId,
} from './identity-id.js';

const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/);

describe('validateDeviceId', () => {
  test.each(['a', 'a+b', "x'y", '50%', 'd?1', '$edge', '__proto__', "-:.+%_#*?!(),=@;$'"])(
    'security-limits 23: accepts %s',
    (deviceId) => {
      expect(() => {
        validateDeviceId(deviceId);
      }).not.toThrow();
    },
  );

  test('security-limits 23: accepts 128 characters, refuses 129', () => {
    expect(() => {
      validateDeviceId('d'.repeat(128));
    }).not.toThrow();
    expect(() => {
      validateDeviceId('d'.repeat(129));
    }).toThrow(
      'The deviceId has 129 characters; allowed are 1 to 128 ASCII letters, digits and - :',
    );
  });

  test.each([
    ['a b', 'U+0020 at position 2'],
    ['a/b', 'U+002F at position 2'],
    ['a\\b', 'U+005C at position 2'],
    ['"', 'U+0022 at position 1'],
    ['<a>', 'U+003C at position 1'],
    ['dé', 'U+00E9 at position 2'],
    ['d😀', 'U+1F600 at position 2'],
    ['d\n', 'U+000A at position 2'],
    ['', 'is empty'],
  ])('service-rest 15: refuses %j and says where', (deviceId, fault) => {
    expect(() => {
      validateDeviceId(deviceId);
    }).toThrow(fault);
  });
});

test('a module id has the same rule under its own name', () => {
  expect(() => {
    validateModuleId('$edgeAgent');
  }).not.toThrow();
  expect(() => {
    validateModuleId('a b');
  }).toThrow('The moduleId has U+0020');
});

describe('parseIdentityId', () => {
  test('reads a device and a module', () => {
    expect(parseIdentityId('d1')).toEqual({ deviceId: 'd1' });
    expect(parseIdentityId('d1/m1')).toEqual({ deviceId: 'd1', moduleId: 'm1' });
  });

  test.each(['', '/', 'd/', '/m', 'd/m/x', 'd//m'])('refuses %j', (text) => {
    expect(refuses(() => parseIdentityId(text))).toBe(true);
  });

  test('reads back what formatIdentityId wrote, letter case included', () => {
    const identity = fc.record({ deviceId: id, moduleId: id }, { requiredKeys: ['deviceId'] });
    fc.assert(
      fc.property(identity, (value) => {
        expect(parseIdentityId(formatIdentityId(value))).toEqual(value);
      }),
    );
  });

  survivesHostileInput(parseIdentityId, ['d', '/', 'm', '%2F', ' ']);
});
