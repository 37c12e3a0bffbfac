import { describe, expect, test } from '@jest/globals';
import {
  changeSettings,
  defaultSettings,
  settingsOfNewHub,
  type SettingsChanges,
} from './hub-settings.js';
import { nothingChosen } from './hub-content.js';

const { settings: noChanges } = nothingChosen;

function refusal(changes: Partial<SettingsChanges>): object {
  try {
    changeSettings(defaultSettings, { ...noChanges, ...changes });
  } catch (error) {
    return error as object;
  }
  return {};
}

describe('the settings of a hub', () => {
  test('are S1 with one unit and its limits where nothing is asked for', () => {
    expect(settingsOfNewHub(noChanges)).toEqual(defaultSettings);
    expect(defaultSettings.limits).toEqual({ sku: 'S1', units: 1, unlimited: false });
  });

  test('are what is asked for', () => {
    const changed = changeSettings(defaultSettings, {
      tags: { place: 'Köln' },
      sku: 'S3',
      units: 10,
      unlimited: true,
      disableLocalAuth: true,
      disableDeviceSas: true,
      disableModuleSas: true,
      ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' }],
      minTlsVersion: undefined,
    });
    expect(changed).toEqual({
      tags: { place: 'Köln' },
      limits: { sku: 'S3', units: 10, unlimited: true },
      disableLocalAuth: true,
      disableDeviceSas: true,
      disableModuleSas: true,
      ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' }],
      minTlsVersion: undefined,
    });
  });

  test('a list that is asked for takes the place of the one before', () => {
    const tagged = changeSettings(defaultSettings, { ...noChanges, tags: { a: '1', b: '2' } });
    expect(changeSettings(tagged, { ...noChanges, tags: { b: '3' } }).tags).toEqual({ b: '3' });
    expect(changeSettings(tagged, { ...noChanges, tags: {} }).tags).toEqual({});
  });

  test('the lowest version of TLS is chosen once', () => {
    const strict = settingsOfNewHub({ ...noChanges, minTlsVersion: '1.3' });
    expect(strict.minTlsVersion).toBe('1.3');
    expect(changeSettings(strict, { ...noChanges, minTlsVersion: '1.3' })).toEqual(strict);
    expect(() => changeSettings(strict, { ...noChanges, minTlsVersion: '1.2' })).toThrow('created');
    expect(refusal({ minTlsVersion: '1.2' })).toMatchObject({ code: 'ArgumentInvalid' });
    expect(() => settingsOfNewHub({ ...noChanges, minTlsVersion: '1.0' })).toThrow('1.2, 1.3');
  });
});

test('the name of a tag is refused with the name', () => {
  for (const name of ['', 'a/b']) {
    expect(refusal({ tags: { [name]: 'x' } })).toMatchObject({
      message: `The name of a tag is not empty and has none of < > % & \\ ? / (given: "${name}").`,
    });
  }
});

const rule = { filterName: 'a', action: 'Accept', ipMask: '10.0.0.0/8' } as const;

test.each<[string, Partial<SettingsChanges>]>([
  ['a tier that is none', { sku: 'S4' }],
  ['a tier in another letter case', { sku: 's1' }],
  ['no unit', { units: 0 }],
  ['half a unit', { units: 1.5 }],
  ['more units than S1 has', { units: 201 }],
  ['more units than S3 has', { sku: 'S3', units: 11 }],
  ['two units of F1', { sku: 'F1', units: 2 }],
  ['51 tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ''])) }],
  ['a tag without a name', { tags: { '': 'x' } }],
  ['a tag with a slash', { tags: { 'a/b': 'x' } }],
  ['a tag with a long name', { tags: { ['n'.repeat(513)]: 'x' } }],
  ['a tag with a long value', { tags: { a: 'x'.repeat(257) } }],
  ['a tag with U+0000', { tags: { a: '\0' } }],
  [
    '101 IP rules',
    { ipFilterRules: Array.from({ length: 101 }, (_, i) => ({ ...rule, filterName: `${i}` })) },
  ],
  ['two IP rules of one name', { ipFilterRules: [rule, { ...rule, filterName: 'A' }] }],
  ['an IP rule without a name', { ipFilterRules: [{ ...rule, filterName: '' }] }],
  ['an IP rule with a long name', { ipFilterRules: [{ ...rule, filterName: 'n'.repeat(129) }] }],
  ['an IPv6 mask', { ipFilterRules: [{ ...rule, ipMask: '::/0' }] }],
  ['a mask that is too long', { ipFilterRules: [{ ...rule, ipMask: '10.0.0.0/33' }] }],
  ['a mask of no address', { ipFilterRules: [{ ...rule, ipMask: '10.0.0/8' }] }],
  ['a mask with two lengths', { ipFilterRules: [{ ...rule, ipMask: '10.0.0.0/8/8' }] }],
  ['an empty mask', { ipFilterRules: [{ ...rule, ipMask: '' }] }],
])('%s is refused', (_what, changes) => {
  expect(refusal(changes)).toMatchObject({ code: 'ArgumentInvalid' });
});

test.each<[SettingsChanges['sku'], string]>([
  ['F1', 'a hub of the tier F1 has 1 unit.'],
  ['S3', 'a hub of the tier S3 has 1 to 10 units.'],
])('a refusal says how many units %s may have', (sku, sentence) => {
  expect(refusal({ sku, units: 11 })).toMatchObject({ message: `sku.capacity: ${sentence}` });
});

test.each(['0.0.0.0/0', '192.0.2.7', '192.0.2.7/32'])('the mask %s is fine', (ipMask) => {
  expect(refusal({ ipFilterRules: [{ ...rule, ipMask }] })).toEqual({});
});
