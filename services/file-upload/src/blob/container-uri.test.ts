import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HubError } from '@linchpin/wire';
import { parseContainerUri } from './container-uri.js';

const allowed = ['127.0.0.1:16400', '*.blob.core.windows.net', 'store.example'];

test.each([
  ['https://127.0.0.1:16400/acct/box?sv=1&sig=a%2Bb', '127.0.0.1', 16400, '/acct/box'],
  ['https://acct.blob.core.windows.net/box?sig=x', 'acct.blob.core.windows.net', 443, '/box'],
  ['https://acct.blob.core.windows.net:443/box/', 'acct.blob.core.windows.net', 443, '/box'],
  ['https://STORE.example/$root?sig=x', 'store.example', 443, '/$root'],
  ['https://store.example/a/%2e%2e/b', 'store.example', 443, '/b'],
])('%s', (text, hostname, port, path) => {
  expect(parseContainerUri(text, allowed)).toMatchObject({ hostname, port, path });
});

test('its name holds no query, and its query is left as it was', () => {
  const uri = parseContainerUri('https://store.example/box?sv=1&sig=a%2Bb%3D', allowed);

  expect(uri).toMatchObject({ name: 'https://store.example/box', query: 'sv=1&sig=a%2Bb%3D' });
});

test.each([
  'http://127.0.0.1:16400/acct/box',
  'https://127.0.0.1/acct/box',
  'https://127.0.0.1:5432/acct/box',
  'https://2130706433:16401/acct/box',
  'https://[::1]:16400/acct/box',
  'https://localhost:16400/acct/box',
  'https://169.254.169.254/latest/meta-data',
  'https://blob.core.windows.net/box',
  'https://evilblob.core.windows.net.example/box',
  'https://acct.blob.core.windows.net:444/box',
  'https://acct.blob.core.windows.net@evil.example/box',
  'https://user:password@store.example/box',
  'https://store.example/box#fragment',
  'https://store.example',
  'https://store.example/',
  'https://store.example/a/b/c',
  'https://store.example/box%00',
  'https://store.example/box?comp=acl&sig=x',
  'https://store.example/box?restype=container',
  `https://store.example/box?sig=${'x'.repeat(5_000)}`,
  'file:///etc/passwd',
  'not a URI',
  '',
])('%s is refused', (text) => {
  expect(() => parseContainerUri(text, allowed)).toThrow(
    expect.objectContaining({ code: 'BlobContainerValidationError' }),
  );
});

test('without hosts that are allowed, none is', () => {
  expect(() => parseContainerUri('https://store.example/box', [])).toThrow(HubError);
});

test('whatever a client sends, what is asked is allowed, or an error without a word of it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), (text) => {
      try {
        const { hostname } = parseContainerUri(text, ['*.example']);
        expect(hostname.endsWith('.example')).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(HubError);
        expect(text.length > 8 && (error as HubError).message.includes(text)).toBe(false);
      }
    }),
  );
});
