import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uploadBlobName } from './upload-blob-name.js';

test.each([
  ['d1', 'file.txt', 'd1/file.txt'],
  ['d1', 'dir/.hidden/file', 'd1/dir/.hidden/file'],
  ['d1', '100%', 'd1/100%'],
  ['d1', 'a%20b %zz', 'd1/a%20b %zz'],
  ['d1', 'größe 🙂', 'd1/größe 🙂'],
  ['.d', 'a', '.d/a'],
  ["-:.+%_#*?!(),=@;$'x", '...a', "-:.+%_#*?!(),=@;$'x/...a"],
  ['d', 'n'.repeat(1_022), `d/${'n'.repeat(1_022)}`],
  ['d', 's/'.repeat(252) + 's', `d/${'s/'.repeat(252)}s`],
])('%j and %j make a name', (deviceId, wished, name) => {
  expect(uploadBlobName(deviceId, wished)).toBe(name);
});

test.each([
  ['', 'is empty'],
  ['n'.repeat(1_023), 'more than 1024 characters'],
  ['s/'.repeat(253) + 's', 'more than 254 parts'],
  ['/a', 'slash'],
  ['a/', 'slash'],
  ['a//b', 'slash'],
  ['.', 'ends with a dot'],
  ['..', 'ends with a dot'],
  ['../d2/a', 'ends with a dot'],
  ['a/../../d2', 'ends with a dot'],
  ['a./b', 'ends with a dot'],
  ['%2e%2e/d2/a', 'ends with a dot'],
  ['.%2E/d2/a', 'ends with a dot'],
  ['%252e%252E/d2/a', 'ends with a dot'],
  ['a%2f..%2f..x', 'backslash'],
  ['a%2Fb', 'slash that is percent-encoded'],
  ['..\\d2', 'backslash'],
  ['a%5cb', 'backslash'],
  ['a\u0000b', 'control character'],
  ['a\r\nb', 'control character'],
  ['a%0d%0ab', 'control character'],
  ['a\u0085', 'control character'],
  ['\ud800', 'control character'],
  ['\uffff', 'control character'],
  ['%2525252525252e', 'again and again'],
])('the name %j is refused: it %s', (wished, fault) => {
  expect(() => uploadBlobName('d1', wished)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(fault) }),
  );
});

test.each(['.', '..', 'd1.', '%2e%2E', 'x%2fy', '%5c', '%00', '%252e'])(
  'a device %j has no folder of its own',
  (deviceId) => {
    expect(() => uploadBlobName(deviceId, 'a')).toThrow(
      expect.objectContaining({
        code: 'ArgumentInvalid',
        message: expect.stringContaining('no folder of its own'),
      }),
    );
  },
);

test('whatever a device asks for, a URI of the name stays in its folder, encoded or not', () => {
  const parts = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    '%2e',
    '%2F',
    '%5C',
    '%25',
    '2e',
    'a',
    '?',
    '#',
  );
  const wishes = fc.oneof(
    fc.string(),
    fc.array(parts).map((each) => each.join('')),
  );
  fc.assert(
    fc.property(wishes, (wished) => {
      const name = nameOrUndefined(wished);
      const encoded = name?.split('/').map(encodeURIComponent).join('/');
      for (const path of [name, encoded].filter((each) => each !== undefined)) {
        expect(new URL(`https://store.example/c/${path}`).pathname).toMatch(/^\/c\/d1\//);
      }
    }),
    { numRuns: 2_000 },
  );
});

function nameOrUndefined(wished: string): string | undefined {
  try {
    return uploadBlobName('d1', wished);
  } catch {
    return undefined;
  }
}
