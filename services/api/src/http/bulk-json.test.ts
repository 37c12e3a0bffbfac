import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { formatBulkResult, parseBulkRows } from './bulk-json.js';

const options = { withAttributes: false };
const parse = (...rows: unknown[]) => parseBulkRows(rows, options);
const first = (row: unknown) => parse(row)[0]!;

describe('rows', () => {
  test('attributes where the api-version knows them', () => {
    const row = { id: 'd1', attributes: { a: 1 } };
    expect(first(row).definition.attributesJson).toBeUndefined();
    const [known] = parseBulkRows([row], { withAttributes: true });
    expect(known!.definition.attributesJson).toBe('{"a":1}');
  });

  test('reported properties are no part of the twin that a request writes', () => {
    expect(first({ id: 'd1', properties: { reported: { a: 1 } } }).hasTwin).toBe(false);
    expect(first({ id: 'd1', properties: { desired: { a: 1 } } }).hasTwin).toBe(true);
  });

  test('service-rest 24: a hundred are taken, more are not, nor none', () => {
    const rows = Array.from({ length: 101 }, (_, index) => ({ id: `d${index}` }));
    expect(() => parse(...rows)).toThrow(code('TooManyDevices'));
    expect(parse(...rows.slice(1))).toHaveLength(100);
    expect(() => parse()).toThrow(code('ArgumentInvalid'));
  });

  test.each([undefined, null, {}, { id: 'd1' }, 'd1', 1])('%j is no array', (body) => {
    expect(() => parseBulkRows(body, options)).toThrow(code('DeserializationError'));
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
    const [device, module] = parse({ id: 'd1' }, { id: 'd1', moduleId: 'm1' });
    expect(formatBulkResult({ failures: [], withoutTwin: [device!, module!] })).toEqual({
      isSuccessful: true,
      errors: [],
      warnings: [
        {
          deviceId: 'd1',
          warningCode: 'DeviceRegisteredWithoutTwin',
          warningStatus: expect.stringContaining('twin of the device'),
        },
        {
          deviceId: 'd1',
          warningCode: 'DeviceRegisteredWithoutTwin',
          warningStatus: expect.stringContaining('twin of the module m1'),
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
