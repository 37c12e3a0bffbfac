import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTelemetryBatch } from './telemetry-batch.js';

const read = (json: unknown) => readTelemetryBatch(Buffer.from(JSON.stringify(json)));

test('a body is base64 unless it is said otherwise', () => {
  const bodies = read([
    { body: '' },
    { body: 'AQID', base64Encoded: true },
    { body: 'AQID', base64Encoded: false },
  ]).map(({ body }) => body);

  expect(bodies).toEqual([Buffer.of(), Buffer.from([1, 2, 3]), Buffer.from('AQID')]);
});

test.each([undefined, null, {}])('properties may be %j', (properties) => {
  expect(read([{ body: '', properties }])).toEqual([
    { body: Buffer.of(), message: { properties: [], countedBytes: 0 } },
  ]);
});

test('properties are named as headers, and are text as it is', () => {
  const properties = { 'IOTHUB-APP-Name': 'zoë\t€', 'iothub-userid': 'ü', 'foo bar': '\n', x: '' };

  expect(read([{ body: '', properties }])).toEqual([
    {
      body: Buffer.of(),
      message: {
        properties: [
          ['user-id', 'ü'],
          ['Name', 'zoë\t€'],
        ],
        countedBytes: 2 + 4 + 8,
      },
    },
  ]);
});

test.each([
  ['no array', { body: '' }],
  ['null', null],
  ['a text in it', ['']],
  ['null in it', [null]],
  ['an array in it', [[]]],
  ['no body', [{}]],
  ['a body that is a number', [{ body: 1 }]],
  ['a flag that is a text', [{ body: '', base64Encoded: 'false' }]],
  ['a flag that is null', [{ body: '', base64Encoded: null }]],
  ['no base64', [{ body: 'AQID ' }]],
  ['base64 without its end', [{ body: 'AQI' }]],
  ['base64 of URLs', [{ body: 'A-_D' }]],
  ['base64 with an end within', [{ body: 'AQ==AQID' }]],
  ['properties that are an array', [{ body: '', properties: [] }]],
  ['a property that is a number', [{ body: '', properties: { 'iothub-app-a': 1 } }]],
  ['a property that is null', [{ body: '', properties: { 'iothub-app-a': null } }]],
  ['a property without a name', [{ body: '', properties: { 'iothub-app-': '' } }]],
  ['a name with a space', [{ body: '', properties: { 'iothub-app-a b': '' } }]],
  ['a name with letters of its own', [{ body: '', properties: { 'iothub-app-ä': '' } }]],
  ['a line break in a value', [{ body: '', properties: { 'iothub-app-a': 'x\r\ny' } }]],
  ['a line break in an id', [{ body: '', properties: { 'iothub-userid': 'x\ny' } }]],
  ['an id with a space', [{ body: '', properties: { 'iothub-messageid': 'a b' } }]],
  ['too many messages', Array.from({ length: 16_385 }, () => ({ body: '' }))],
])('%s is refused', (_, json) => {
  expect(() => read(json)).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
});

test.each([
  ['nothing', Buffer.of()],
  ['no JSON', Buffer.from('[{"body":""}')],
  ['no UTF-8', Buffer.from('[{"body":"\xff","base64Encoded":false}]', 'latin1')],
  ['endless brackets', Buffer.alloc(262_144, '[')],
])('%s is refused', (_, bytes) => {
  expect(() => readTelemetryBatch(bytes)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid' }),
  );
});

test('a name that JavaScript knows is a property like others', () => {
  const text = '[{"body":"","properties":{"__proto__":"x","iothub-app-__proto__":"y"}}]';

  expect(readTelemetryBatch(Buffer.from(text))).toMatchObject([
    { message: { properties: [['__proto__', 'y']] } },
  ]);
});

test('whatever bytes come, they are read or refused', () => {
  const refused = (bytes: Buffer): unknown => {
    try {
      return readTelemetryBatch(bytes);
    } catch (error) {
      return (error as { readonly code?: string }).code;
    }
  };
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const result = refused(Buffer.from(text));

      expect(Array.isArray(result) || result === 'ArgumentInvalid').toBe(true);
    }),
  );
});

test('bodies come back as they were, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (bodies) => {
      const messages = read(bodies.map((body) => ({ body: Buffer.from(body).toString('base64') })));

      expect(messages.map(({ body }) => [...body])).toEqual(bodies.map((body) => [...body]));
    }),
  );
});
