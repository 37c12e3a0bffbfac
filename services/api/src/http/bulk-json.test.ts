import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { formatBulkResult, parseBulkRows } from './bulk-json.js';

const options = { withAttributes: false };
const bodyOf = (value: unknown) => ({ text: JSON.stringify(value), value });
const parse = (...rows: unknown[]) => parseBulkRows(bodyOf(rows), options);
const patch = {
  ...{ mode: 'patch', tagsJson: undefined, desiredJson: undefined },
  ifMatch: undefined,
};
const emptied = { tagsJson: 'null', desiredJson: '{}' };
const first = (row: unknown) => parse(row)[0]!;

describe('rows', () => {
  test('attributes where the api-version knows them', () => {
    const row = { id: 'd1', attributes: { a: 1 } };
    expect(first(row).definition.attributesJson).toBeUndefined();
    const [known] = parseBulkRows(bodyOf([row]), { withAttributes: true });
    expect(known!.definition.attributesJson).toBe('{"a":1}');
  });

  test('reported properties are no part of the twin that a request writes', () => {
    expect(first({ id: 'd1', properties: { reported: { a: 1 } } }).twin).toBeUndefined();
    const properties = { reported: { a: 1 }, desired: { b: 1 } };
    expect(first({ id: 'd1', properties }).twin).toEqual({ ...patch, desiredJson: '{"b":1}' });
  });

  test('twins come as they were written', () => {
    const text = `[ {"id":"a"},
      {"tags": {"n":1.0, "e":1e400} , "id":"b"},
      {"properties":{"desired":{"n":12345678901234567890},"reported":{}},"id":"c","tags":{"]":"\\\\"}}
    ]`;
    const rows = parseBulkRows({ text, value: JSON.parse(text) as unknown }, options);

    expect(rows.map(({ definition, twin }) => [definition.deviceId, twin])).toEqual([
      ['a', undefined],
      ['b', { ...patch, tagsJson: '{"n":1.0, "e":1e400}' }],
      ['c', { ...patch, tagsJson: '{"]":"\\\\"}', desiredJson: '{"n":12345678901234567890}' }],
    ]);
  });

  test.each([
    [{ tags: {}, properties: { desired: { $version: 7, $metadata: {} } } }, undefined],
    [{ tags: null, properties: { desired: { a: 1 } } }, { desiredJson: '{"a":1}' }],
    [{ tags: { a: null }, properties: null }, { tagsJson: '{"a":null}' }],
    [{ tags: { a: 1 }, properties: { desired: { $version: 7 } } }, { tagsJson: '{"a":1}' }],
    [{ tags: { a: 1 }, importMode: 'delete' }, undefined],
    [{ tags: { a: 1 }, importMode: 'update', twinETag: 'a' }, { tagsJson: '{"a":1}' }],
    [{ importMode: 'updateTwin' }, {}],
    [{ tags: null, properties: { desired: {} }, importMode: 'updateTwin' }, emptied],
    [{ importMode: 'updateTwin', twinETag: 'a' }, {}],
    [{ importMode: 'updateTwinIfMatchETag', twinETag: '"a"' }, { ifMatch: 'a' }],
    [{ importMode: 'updateTwinIfMatchETag', eTag: 'a' }, { ifMatch: '' }],
  ])('%j changes of a twin: %j', (members, expected) => {
    expect(first({ id: 'd1', ...members }).twin).toEqual(expected && { ...patch, ...expected });
  });

  test('service-rest 24: a hundred are taken, more are not, nor none', () => {
    const rows = Array.from({ length: 101 }, (_, index) => ({ id: `d${index}` }));
    expect(() => parse(...rows)).toThrow(code('TooManyDevices'));
    expect(parse(...rows.slice(1))).toHaveLength(100);
    expect(() => parse()).toThrow(code('ArgumentInvalid'));
  });

  test.each([undefined, null, {}, { id: 'd1' }, 'd1', 1])('%j is no array', (body) => {
    expect(() => parseBulkRows(bodyOf(body), options)).toThrow(code('DeserializationError'));
  });

  test.each([[null], [[]], ['d1'], [{}], [{ id: 1 }], [{ id: 'd1', importMode: 'merge' }]])(
    '%j is no row',
    (row) => {
      expect(() => parse({ id: 'good' }, row)).toThrow(code('ArgumentInvalid', '1'));
    },
  );
});

describe('the result', () => {
  test('is a success without failures, though twins be missing', () => {
    const error = new HubError('ArgumentInvalid', 'tags.a is null.');
    const rows = parse({ id: 'd1' }, { id: 'd1', moduleId: 'm1' });
    const withoutTwin = rows.map((row) => ({ row, error }));
    expect(formatBulkResult({ failures: [], withoutTwin })).toEqual({
      isSuccessful: true,
      errors: [],
      warnings: [
        {
          deviceId: 'd1',
          warningCode: 'DeviceRegisteredWithoutTwin',
          warningStatus: 'The twin of the device was not written: tags.a is null.',
        },
        {
          deviceId: 'd1',
          warningCode: 'DeviceRegisteredWithoutTwin',
          warningStatus: 'The twin of the module m1 was not written: tags.a is null.',
        },
      ],
    });
  });

  test('names each failure by its code', () => {
    const error = new HubError('ModuleNotFound', 'Not there.');
    const rows = parse({ id: 'd1', importMode: 'Delete' }, { id: 'd1', moduleId: 'm1' });
    const failures = rows.map((row) => ({ row, error }));
    const same = { deviceId: 'd1', errorCode: 'ModuleNotFound', errorStatus: 'Not there.' };
    expect(formatBulkResult({ failures, withoutTwin: [] })).toEqual({
      isSuccessful: false,
      errors: [
        { ...same, moduleId: '', operation: 'delete' },
        { ...same, moduleId: 'm1', operation: 'createOrUpdate' },
      ],
      warnings: [],
    });
  });
});

function code(expected: string, message = ''): Error {
  return expect.objectContaining({
    code: expected,
    message: expect.stringContaining(message),
  }) as unknown as Error;
}
