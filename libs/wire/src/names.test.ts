import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { refuses } from './hostile-input.contract.js';
import {
  validateCertificateName,
  validateConsumerGroupName,
  validateHubName,
  validatePolicyName,
} from './names.js';

describe('validateHubName', () => {
  test.each(['hub', 'my-hub-1', '1hub', 'a--b', 'H'.repeat(50)])('accepts %s', (name) => {
    expect(refusesHubName(name)).toBe(false);
  });

  test.each(['ab', 'H'.repeat(51), '123', '-hub', 'hub-', 'my_hub', 'my.hub', 'hüb', 'hub\n', ''])(
    'refuses %j',
    (name) => {
      expect(() => {
        validateHubName(name);
      }).toThrow('3 to 50 ASCII letters, digits and hyphens');
    },
  );

  test('agrees with the pattern that Azure documents', () => {
    const documented = /^(?![0-9]+$)(?!-)[a-zA-Z0-9-]{2,49}[a-zA-Z0-9]$/;
    fc.assert(
      fc.property(fc.stringMatching(/^[a1-]{0,52}$/), (name) => {
        expect(refusesHubName(name)).toBe(!documented.test(name));
      }),
    );
  });
});

describe.each([
  ['validatePolicyName', validatePolicyName],
  ['validateCertificateName', validateCertificateName],
])('%s', (_, validate) => {
  const refusesName = (name: string): boolean =>
    refuses(() => {
      validate(name);
    });

  test.each(['iothubowner', 'A.b_c-9', 'p'.repeat(64)])('accepts %s', (name) => {
    expect(refusesName(name)).toBe(false);
  });

  test.each(['', 'p'.repeat(65), 'a b', 'a/b', 'ä', 'a\n'])('refuses %j', (name) => {
    expect(refusesName(name)).toBe(true);
  });
});

describe('validateConsumerGroupName', () => {
  test.each(['a', 'back-end.1_x', '$Default', '$default', 'g'.repeat(50)])('accepts %s', (name) => {
    expect(refusesGroupName(name)).toBe(false);
  });

  test.each(['', 'g'.repeat(51), '$other', 'a b', 'a/b', '-a', 'a.', 'ä', 'a\n'])(
    'refuses %j',
    (name) => {
      expect(refusesGroupName(name)).toBe(true);
    },
  );
});

function refusesHubName(name: string): boolean {
  return refuses(() => {
    validateHubName(name);
  });
}

function refusesGroupName(name: string): boolean {
  return refuses(() => {
    validateConsumerGroupName(name);
  });
}
