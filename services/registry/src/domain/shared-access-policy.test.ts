import { describe, expect, test } from '@jest/globals';
import { sampleKeys, samplePolicies, sampleSources } from './samples.fake.js';
import {
  regenerateKey,
  replacePolicies,
  type PolicyDefinition,
  type SharedAccessPolicy,
} from './shared-access-policy.js';

function definition(name: string, members: Partial<PolicyDefinition> = {}): PolicyDefinition {
  return { name, rights: 8, primaryKey: undefined, secondaryKey: undefined, ...members };
}

function replace(
  definitions: readonly PolicyDefinition[],
  stored: readonly SharedAccessPolicy[] = samplePolicies,
): readonly SharedAccessPolicy[] {
  return replacePolicies(stored, definitions, sampleSources().generateKey);
}

function many(count: number, rights: number): PolicyDefinition[] {
  return Array.from({ length: count }, (_, index) => definition(`p${index}`, { rights }));
}

describe('replacing the policies of a hub', () => {
  test('those that are not named are gone; a new one gets keys', () => {
    const [policy, ...others] = replace([definition('mine', { rights: 5 })]);
    expect(others).toEqual([]);
    expect(policy).toMatchObject({ name: 'mine', rights: 5 });
    expect(policy?.primaryKey).not.toBe(policy?.secondaryKey);
  });

  test('one that is named without keys keeps its own, and its spelling', () => {
    const [owner, device] = replace([
      definition('IOTHUBOWNER', { rights: 15, primaryKey: '' }),
      definition('device', { secondaryKey: sampleKeys[0] }),
    ]);
    expect(owner).toEqual(samplePolicies[0]);
    expect(device).toEqual({ ...samplePolicies[1], secondaryKey: sampleKeys[0] });
  });

  test('keys may change places', () => {
    const [owner] = samplePolicies;
    const swapped = { primaryKey: owner!.secondaryKey, secondaryKey: owner!.primaryKey };
    expect(replace([{ ...owner!, ...swapped }])).toEqual([{ ...owner!, ...swapped }]);
  });

  test('all may go', () => {
    expect(replace([])).toEqual([]);
  });

  test('sixteen are enough, ten of them with ServiceConnect', () => {
    expect(replace(many(16, 8))).toHaveLength(16);
    expect(replace([...many(10, 4), definition('d')])).toHaveLength(11);
  });

  test.each<[string, PolicyDefinition[]]>([
    ['security-limits 35: a 17th policy', many(17, 8)],
    ['an 11th with ServiceConnect', many(11, 5)],
    ['two of one name', [definition('a'), definition('A')]],
    ['a name with a slash', [definition('a/b')]],
    ['a name of 65 characters', [definition('n'.repeat(65))]],
    ['no name', [definition('')]],
    ['no rights', [definition('a', { rights: 0 })]],
    ['rights that there are not', [definition('a', { rights: 16 })]],
    ['writing without reading', [definition('a', { rights: 2 })]],
    ['rights that are no number', [definition('a', { rights: Number.NaN })]],
    ['a key that is no base64', [definition('a', { primaryKey: '*'.repeat(44) })]],
    ['a key of 8 bytes', [definition('a', { secondaryKey: 'AAAAAAAAAAA=' })]],
  ])('%s is refused', (_what, definitions) => {
    expect(() => replace(definitions)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid' }),
    );
  });

  test('of a key that is refused is told whose it is, and not the key', () => {
    const message = 'The secondaryKey of the policy a is base64 of 16 to 64 bytes.';
    expect(() => replace([definition('a', { secondaryKey: 'c2VjcmV0' })])).toThrow(
      expect.objectContaining({ message }),
    );
  });
});

describe('regenerating a key', () => {
  const generateKey = () => 'new';

  test('touches that key of that policy alone', () => {
    const [owner, device] = samplePolicies;
    expect(regenerateKey(samplePolicies, 'DEVICE', { side: 'primary', generateKey })).toEqual([
      owner,
      { ...device, primaryKey: 'new' },
    ]);
    expect(
      regenerateKey(samplePolicies, 'iothubowner', { side: 'secondary', generateKey }),
    ).toEqual([{ ...owner, secondaryKey: 'new' }, device]);
  });

  test('of a policy that there is not is refused', () => {
    expect(() => regenerateKey(samplePolicies, 'nobody', { side: 'primary', generateKey })).toThrow(
      expect.objectContaining({ code: 'GenericNotFound' }),
    );
  });
});
