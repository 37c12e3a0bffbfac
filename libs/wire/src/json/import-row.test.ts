import { expect, test } from '@jest/globals';
import { importModes } from '../import-modes.js';
import { checkJson } from './check-json.js';
import { importRowSchema, toImportRow, type ImportRow } from './import-row.js';

const ofBlob = { withAttributes: true, withReported: true };

function row(members: object, options = ofBlob): ImportRow {
  return toImportRow(checkJson({ id: 'd1', ...members }, importRowSchema, 'The row'), options);
}

test('the least that may be said creates or updates', () => {
  const definition = {
    deviceId: 'd1',
    status: undefined,
    statusReason: undefined,
    authentication: undefined,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    managedBy: undefined,
    attributesJson: undefined,
  };
  expect(row({})).toEqual({
    mode: 'createOrUpdate',
    definition,
    change: { action: 'createOrUpdate', definition, ifMatch: undefined },
    hasTwin: false,
    twinIfMatch: undefined,
  });
});

test('all there is, as the Node SDK writes a device back', () => {
  const { mode, change, definition } = row({
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
  expect(mode).toBe('updateIfMatchETag');
  expect(change).toEqual({ action: 'update', definition, ifMatch: 'MQ==' });
  expect(definition).toMatchObject({
    status: 'disabled',
    statusReason: 'x',
    authentication: { type: 'sas', primaryKey: 'p', secondaryKey: 's' },
    iotEdge: true,
    deviceScope: 'scope',
    parentScopes: ['parent'],
  });
});

test.each(importModes)('service-rest 26: the mode %s in any letter case', (mode) => {
  for (const importMode of [mode, mode.toUpperCase(), mode.toLowerCase()]) {
    expect(row({ importMode }).mode).toBe(mode);
  }
  expect(row({ importMode: null }).mode).toBe('createOrUpdate');
});

test.each([
  ['create', 'create', undefined],
  ['createOrUpdate', 'createOrUpdate', undefined],
  ['createOrUpdateIfMatchETag', 'createOrUpdate', 'MQ=='],
  ['update', 'update', undefined],
  ['updateIfMatchETag', 'update', 'MQ=='],
  ['delete', 'delete', undefined],
  ['deleteIfMatchETag', 'delete', 'MQ=='],
])('the mode %s is the action %s, with the tag %s', (importMode, action, ifMatch) => {
  expect(row({ importMode, eTag: 'MQ==' }).change).toMatchObject({ action, ifMatch });
});

test.each(['updateTwin', 'updateTwinIfMatchETag'])('%s changes no identity', (importMode) => {
  expect(row({ importMode, eTag: 'MQ==' }).change).toBeUndefined();
});

test.each([
  [{ eTag: 'a' }, 'a'],
  [{ etag: '"a"' }, 'a'],
  [{ eTag: 'W/"a"' }, 'a'],
  [{ eTag: '*' }, '*'],
  [{ eTag: '"*"' }, '*'],
  [{ eTag: null, etag: 'a' }, 'a'],
  [{ eTag: '' }, ''],
  [{ ETag: 'a' }, ''],
])('the tag of %j is read as that of a header: %j', (members, ifMatch) => {
  expect(row({ importMode: 'deleteIfMatchETag', ...members }).change).toMatchObject({ ifMatch });
});

test.each([
  [{ importMode: 'updateTwinIfMatchETag', twinETag: 'a' }, 'a'],
  [{ importMode: 'UpdateTwinIfMatchEtag', twinETag: '"a"' }, 'a'],
  [{ importMode: 'updateTwinIfMatchETag', twinETag: '*', eTag: 'a' }, '*'],
  [{ importMode: 'updateTwinIfMatchETag', eTag: 'a' }, ''],
  [{ importMode: 'updateTwinIfMatchETag', twinETag: null }, ''],
  [{ importMode: 'updateTwin', twinETag: 'a' }, undefined],
  [{ importMode: 'updateIfMatchETag', twinETag: 'a' }, undefined],
])('of %j the twin must have the tag %j', (members, twinIfMatch) => {
  expect(row(members).twinIfMatch).toBe(twinIfMatch);
});

test('a module has nothing of a device', () => {
  const members = { moduleId: 'm1', managedBy: 'me', status: 'disabled' };
  expect(row(members).definition).toMatchObject({
    deviceId: 'd1',
    moduleId: 'm1',
    managedBy: 'me',
    status: undefined,
  });
  for (const moduleId of ['', null]) {
    expect(row({ ...members, moduleId }).definition).toMatchObject({ status: 'disabled' });
  }
});

test.each([
  [{ tags: { site: 'A' } }, true],
  [{ properties: { desired: { rate: { a: 1 } } } }, true],
  [{ properties: { reported: { rate: 1 } } }, true],
  [{ tags: {}, properties: { desired: { $version: 7, $metadata: {} }, reported: null } }, false],
  [{ tags: null, properties: null }, false],
  [{ tags: { site: 'A' }, importMode: 'delete' }, false],
])('of %j it is told whether it brings a twin: %j', (members, hasTwin) => {
  expect(row(members).hasTwin).toBe(hasTwin);
});

test('reported properties and attributes are there for whom they are', () => {
  const members = { properties: { reported: { rate: 1 } }, attributes: { a: 1 } };

  expect(row(members).definition.attributesJson).toBe('{"a":1}');
  const asked = row(members, { withAttributes: false, withReported: false });
  expect(asked).toMatchObject({ hasTwin: false, definition: { attributesJson: undefined } });
});

test.each([
  [{ id: undefined }, 'id: '],
  [{ id: 1 }, 'id: '],
  [{ importMode: 'merge' }, 'importMode: must be one of create, createOrUpdate, '],
  [{ status: 'asleep' }, 'status: must be one of enabled, disabled'],
  [{ twinETag: 5 }, 'twinETag: '],
  [{ tags: 'x' }, 'tags: '],
  [{ tags: [] }, 'tags: '],
  [{ properties: { desired: 1 } }, 'properties.desired: '],
  [{ authentication: 'sas' }, 'authentication: '],
  [{ authentication: { symmetricKey: 'x' } }, 'authentication.symmetricKey: '],
  [{ parentScopes: [1] }, 'parentScopes.0: '],
  [{ attributes: [] }, 'attributes: must be an object'],
  [{ attributes: { a: nested(10) } }, 'attributes: must not be deeper than 10 levels'],
])('%j is of no form that rows have: %s', (members, fault) => {
  expect(() => row(members)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(fault) }),
  );
});

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}
