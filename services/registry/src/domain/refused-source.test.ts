import type { TlsVersion } from '@linchpin/auth';
import { expect, test } from '@jest/globals';
import { defaultSettings } from './hub-settings.js';
import { whyRefused } from './refused-source.js';

const address = '192.0.2.1';

test.each<[TlsVersion | undefined, minTlsVersion: TlsVersion | undefined]>([
  ['1.2', undefined],
  ['1.2', '1.2'],
  ['1.3', '1.2'],
  ['1.3', '1.3'],
  [undefined, undefined],
  [undefined, '1.2'],
])('who comes by TLS %p may come to a hub that asks for %p', (tlsVersion, minTlsVersion) => {
  const settings = { ...defaultSettings, minTlsVersion };
  expect(whyRefused(settings, { address, tlsVersion })).toBeUndefined();
});

test.each<[TlsVersion | undefined]>([['1.2'], [undefined]])(
  'who comes by TLS %p may not come to a hub that asks for 1.3',
  (tlsVersion) => {
    const settings = { ...defaultSettings, minTlsVersion: '1.3' } as const;
    expect(whyRefused(settings, { address, tlsVersion })).toContain('TLS 1.2');
  },
);

test('security-limits 22: nor who comes from an address that the IP filter rejects', () => {
  const nobody = { filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0' } as const;
  const settings = { ...defaultSettings, ipFilterRules: [nobody] };
  expect(whyRefused(settings, { address, tlsVersion: '1.3' })).toContain('IP filter');
});
