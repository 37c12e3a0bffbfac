import { expect, test } from '@jest/globals';
import { azureLimits, HubError } from '@linchpin/wire';
import fc from 'fast-check';
import { replaceSection } from './apply-patch.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { documents, patches } from './samples.fake.js';
import {
  checkChange,
  checkPropertiesSize,
  checkTagsSize,
  countedBytes,
  parseChange,
  parseChangeBytes,
} from './twin-limits.js';

const name = 'properties.reported';

const refusal = (work: () => unknown): HubError => {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
};

const parsed = (text: string): JsonValue => parseChange(name, text);

const refusalOf = (text: string): string => {
  const { code, message } = refusal(() => {
    checkChange(name, parsed(text));
  });
  expect(code).toBe('ArgumentInvalid');
  return message;
};

const accepted = (text: string): void => {
  expect(() => {
    checkChange(name, parsed(text));
  }).not.toThrow();
};

test.each([
  ['{"a":{"b.c":1}}', `${name}.a has a key with ".", "b.c"; keys have no control character`],
  ['{"$version":1}', `${name} has a key with "$", "$version"`],
  ['{"a b":1}', 'has a key with " "'],
  ['{"a\\u0085":1}', 'has a key with'],
  ['{"a\\u0000":null}', 'has a key with "\\u0000"'],
  ['{"\\ud800":1}', 'half of a surrogate pair'],
  ['{"a":["x\\udc00"]}', `${name}.a[0] has half of a surrogate pair`],
  ['{"a":"x\\u0000"}', `${name}.a has the character U+0000`],
  ['{"a":1e400}', `${name}.a is a number beyond the range of a double`],
  ['{"a":-1e400}', 'beyond the range'],
  ['{"a":9007199254740993}', 'integers are from -4503599627370496 to 4503599627370495'],
  ['{"a":4503599627370496}', 'integers are from'],
  ['{"a":-4503599627370497}', 'integers are from'],
  ['{"a":[1,null]}', `${name}.a[1] is null; nothing in an array is null`],
  ['{"a":[{"b":{"c":null}}]}', `${name}.a[0].b.c is null`],
  ['[]', 'must be a JSON object'],
  ['null', 'must be a JSON object'],
  ['7', 'must be a JSON object'],
])('%s is refused', (text, message) => {
  expect(refusalOf(text)).toContain(message);
});

test.each([
  '{}',
  '{"a":4503599627370495,"b":-4503599627370496,"c":-0,"d":6.02e23,"e":0.1}',
  '{"":1,"__proto__":{"x":1},"ключ":"значение","k😀":"😀"}',
  '{"a":null,"b":{"c":null},"d":[[1,"x",true,{}],{"e":[]}]}',
])('%s is accepted', accepted);

test('what is no JSON, or no UTF-8, is said to be none', () => {
  for (const text of ['', '{', '{"a":NaN}', "{'a':1}", '{"a":1}x', '\u0000']) {
    expect(refusal(() => parsed(text)).message).toBe(`${name}: this is not JSON.`);
  }
  const bytes = Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]);
  expect(refusal(() => parseChangeBytes(name, bytes)).message).toBe(`${name}: this is not UTF-8.`);
  expect(parseChangeBytes(name, Buffer.from('{"ü":1}'))).toEqual({ ü: 1 });
});

test('keys have at most 1 KB of UTF-8, strings 4 KB', () => {
  accepted(JSON.stringify({ ['ü'.repeat(512)]: 'ü'.repeat(2048) }));
  expect(refusalOf(JSON.stringify({ ['ü'.repeat(513)]: 1 }))).toContain('a key of 1026 bytes');
  expect(refusalOf(JSON.stringify({ a: `x${'ü'.repeat(2048)}` }))).toContain('4097 bytes');
});

test('ten levels may be, as the documentation shows, objects and arrays alike', () => {
  const nested = (levels: number, open: string, close: string, innermost: string): string =>
    `{"a":${open.repeat(levels)}${innermost}${close.repeat(levels)}}`;

  accepted(nested(10, '{"a":', '}', '1'));
  accepted(nested(10, '[', ']', '1'));
  expect(refusalOf(nested(11, '{"a":', '}', '1'))).toContain('lies deeper than 10 levels');
  expect(refusalOf(nested(11, '[', ']', '1'))).toContain('lies deeper than 10 levels');
});

test('depth without end costs nothing, and is refused', () => {
  expect(refusalOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toContain('deeper');
  expect(refusalOf(`${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`)).toContain('deeper');
});

test('a message is short, however long the keys are', () => {
  const key = 'k'.repeat(1024);
  const text = `${`{"${key}":`.repeat(10)}{"${key}":[null]}${'}'.repeat(10)}`;

  expect(refusalOf(text).length).toBeLessThan(700);
  expect(refusalOf(JSON.stringify({ ['.'.repeat(1024)]: 1 })).length).toBeLessThan(700);
});

test('more text than a change can have is not parsed', () => {
  const text = ' '.repeat(azureLimits.twinChangeTextBytesMax + 1);

  expect(refusal(() => parsed(text)).code).toBe('MessageTooLarge');
});

test('bytes are counted as documented: no control characters, 8 for a number, 4 for a boolean', () => {
  expect(countedBytes({ ab: 'ü\n\u0001', c: 1.5, d: { e: true }, f: ['x', 2, {}] })).toBe(
    2 + 2 + (1 + 8) + (1 + 1 + 4) + (1 + 1 + 8),
  );
});

test('sizes are judged exactly: 8 KB of tags, 32 KB of properties', () => {
  const ofBytes = (bytes: number): JsonObject => {
    const members = Array.from({ length: bytes / 1024 }, (_, index): [string, string] => {
      const key = `k${index}`;
      return [key, 'x'.repeat(1024 - key.length)];
    });
    return Object.fromEntries(members);
  };
  const stamped = (document: JsonObject) => replaceSection(document, { $lastUpdated: 'x' });
  const tagsMax = ofBytes(8 * 1024);
  const propertiesMax = ofBytes(32 * 1024);

  expect(() => {
    checkTagsSize(tagsMax);
    checkPropertiesSize(name, stamped(propertiesMax));
  }).not.toThrow();
  expect(
    refusal(() => {
      checkTagsSize({ ...tagsMax, a: '' });
    }),
  ).toMatchObject({
    code: 'ArgumentInvalid',
    message: 'tags: keys and values would have 8193 bytes; at most 8192 are allowed.',
  });
  const more = stamped({ ...propertiesMax, a: '' });
  expect(
    refusal(() => {
      checkPropertiesSize('properties.desired', more);
    }).code,
  ).toBe('ArgumentInvalid');
  expect(
    refusal(() => {
      checkPropertiesSize(name, more);
    }).code,
  ).toBe('MessageTooLarge');
});

test('what counts for nothing is bounded all the same', () => {
  const controls = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`k${index}`, '\u0001'.repeat(2_000)]),
  );
  const objects = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`${index}`, {}]));
  const stamp = { $lastUpdated: '2026-06-01T22:27:50.2612586Z', $lastUpdatedVersion: 6 };

  expect(
    refusal(() => {
      checkTagsSize(controls);
    }).message,
  ).toContain('JSON would have');
  const section = replaceSection(objects, stamp);
  expect(countedBytes(objects)).toBeLessThan(azureLimits.twinPropertiesBytesMax);
  expect(
    refusal(() => {
      checkPropertiesSize(name, section);
    }).message,
  ).toContain('metadata');
});

test.each([
  ['1e308', 1e308, 1_400],
  ['5e-324', 5e-324, 1_300],
])('%s is as long as the database writes it', (_, value, countMax) => {
  const section = (length: number) => ({
    document: { a: Array(length).fill(value) },
    metadata: {},
  });

  expect(() => {
    checkPropertiesSize(name, section(countMax - 300));
  }).not.toThrow();
  expect(
    refusal(() => {
      checkPropertiesSize(name, section(countMax));
    }).message,
  ).toContain('JSON and metadata');
});

test('a document that was accepted is accepted again when it is read back', () => {
  fc.assert(
    fc.property(documents, patches, (document, patch) => {
      checkChange(name, JSON.parse(JSON.stringify(document)) as JsonValue);
      checkChange(name, patch);
    }),
  );
});
