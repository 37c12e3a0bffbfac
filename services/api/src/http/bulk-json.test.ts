import { describe, expect, test } from '@jest/globals';
import { HubError, importModes } from '@linchpin/wire';
import { formatBulkResult, parseBulkRows } from './bulk-json.js';

const options = { withAttributes: false };
const parse = (...rows: unknown[]) => parseBulkRows(rows, options);
const first = (row: unknown) => parse(row)[0]!;

describe('rows', () => {
  test('of the least that may be said', () => {
    expect(parse({ id: 'd1' })).toEqual([
      {
        mode: 'createOrUpdate',
        definition: {
          deviceId: 'd1',
          status: undefined,
          statusReason: undefined,
          authentication: undefined,
          isEdge: false,
          deviceScope: undefined,
          parentScopes: [],
          managedBy: undefined,
          attributesJson: undefined,
        },
        etag: undefined,
        hasTwin: false,
      },
    ]);
  });

  test('of all there is, as the Node SDK writes a device back', () => {
    const { mode, etag, definition } = first({
      id: 'd1',
      generationId: '1',
      etag: 'MQ==',
      importMode: 'UpdateIfMatchETag',
      status: 'Disabled',
      statusReason: 'x',
      connectionState: 'Disconnected',
      authentication: { type: 'sas', symmetricKey: { primaryKey: 'p', secondaryKey: 's' } },
      capabilities: { iotEdge: true },
      deviceScope: 'scope',
      parentScopes: ['parent'],
    });
    expect({ mode, etag }).toEqual({ mode: 'updateIfMatchETag', etag: 'MQ==' });
    expect(definition).toMatchObject({
      status: 'disabled',
      statusReason: 'x',
      authentication: { type: 'sas', primaryKey: 'p', secondaryKey: 's' },
      isEdge: true,
      deviceScope: 'scope',
      parentScopes: ['parent'],
    });
  });

  test.each(importModes)('service-rest 26: the mode %s in any letter case', (mode) => {
    for (const importMode of [mode, mode.toUpperCase(), mode.toLowerCase()]) {
      expect(first({ id: 'd1', importMode }).mode).toBe(mode);
    }
    expect(first({ id: 'd1', importMode: null }).mode).toBe('createOrUpdate');
  });

  test.each([
    [{ eTag: 'a' }, 'a'],
    [{ etag: '"a"' }, 'a'],
    [{ eTag: '*' }, '*'],
    [{ eTag: null, etag: 'a' }, 'a'],
    [{ eTag: '' }, undefined],
    [{ ETag: 'a' }, undefined],
  ])('the tag of %j', (members, etag) => {
    expect(first({ id: 'd1', ...members }).etag).toBe(etag);
  });

  test('of modules have nothing of a device', () => {
    const row = { id: 'd1', moduleId: 'm1', managedBy: 'me', status: 'disabled' };
    expect(first(row).definition).toMatchObject({
      deviceId: 'd1',
      moduleId: 'm1',
      managedBy: 'me',
      status: undefined,
    });
    for (const moduleId of ['', null]) {
      expect(first({ ...row, moduleId }).definition).toMatchObject({ status: 'disabled' });
    }
  });

  test.each([
    [{ tags: { a: 1 } }, true],
    [{ properties: { desired: { a: { b: 1 } } } }, true],
    [
      { tags: {}, properties: { desired: { $version: 1, $metadata: {} }, reported: { a: 1 } } },
      false,
    ],
    [{ tags: null, properties: null }, false],
  ])('%j: whether there is a twin to write', (members, hasTwin) => {
    expect(first({ id: 'd1', ...members }).hasTwin).toBe(hasTwin);
  });

  test('attributes where the api-version knows them', () => {
    const row = { id: 'd1', attributes: { a: 1 } };
    expect(first(row).definition.attributesJson).toBeUndefined();
    const [known] = parseBulkRows([row], { withAttributes: true });
    expect(known!.definition.attributesJson).toBe('{"a":1}');
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

  test.each([
    [null],
    [[]],
    ['d1'],
    [{}],
    [{ id: 1 }],
    [{ id: 'd1', importMode: 'merge' }],
    [{ id: 'd1', status: 'on' }],
    [{ id: 'd1', tags: 'x' }],
    [{ id: 'd1', tags: [] }],
    [{ id: 'd1', properties: { desired: 1 } }],
    [{ id: 'd1', authentication: { symmetricKey: 'x' } }],
  ])('%j is no row', (row) => {
    expect(() => parse({ id: 'good' }, row)).toThrow(code('ArgumentInvalid', '1'));
  });
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
