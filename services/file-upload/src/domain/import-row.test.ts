import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Identity } from '@linchpin/wire';
import { formatLine } from './export-line.js';
import { isRow, parseRow } from './import-row.js';
import { isRowError } from './row-error.js';

function row(members: object) {
  return parseRow(JSON.stringify({ id: 'd1', ...members }));
}

const plain = {
  deviceId: 'd1',
  iotEdge: false,
  parentScopes: [],
};

test('a row without a mode creates or updates', () => {
  expect(row({})).toMatchObject({
    mode: 'createOrUpdate',
    action: 'createOrUpdate',
    identity: plain,
    hasTwin: false,
  });
});

test.each([
  ['Create', 'create', undefined],
  ['createorupdate', 'createOrUpdate', undefined],
  ['CREATEORUPDATEIFMATCHETAG', 'createOrUpdate', 'MQ=='],
  ['update', 'update', undefined],
  ['updateIfMatchETag', 'update', 'MQ=='],
  ['delete', 'delete', undefined],
  ['deleteIfMatchEtag', 'delete', 'MQ=='],
])('the mode %s in any letter case', (importMode, action, ifMatch) => {
  expect(row({ importMode, eTag: 'MQ==' })).toMatchObject({ action, ifMatch });
  expect(row({ importMode, etag: 'MQ==' })).toMatchObject({ action, ifMatch });
});

test.each([
  [{ importMode: 'updateTwin' }, 'FeatureNotSupported'],
  [{ importMode: 'updateIfMatchETag' }, 'ArgumentInvalid'],
  [{ importMode: 'upsert' }, 'ArgumentInvalid'],
  [{ id: 5 }, 'ArgumentInvalid'],
  [{ id: undefined }, 'ArgumentInvalid'],
  [{ status: 'asleep' }, 'ArgumentInvalid'],
  [{ authentication: 'sas' }, 'ArgumentInvalid'],
  [{ parentScopes: [1] }, 'ArgumentInvalid'],
  [{ attributes: [] }, 'ArgumentInvalid'],
])('%j is refused', (members, errorCode) => {
  expect(row(members)).toMatchObject({ errorCode });
});

test('a line that is no JSON is refused', () => {
  expect(parseRow('{"id":"d1"')).toMatchObject({ errorCode: 'DeserializationError', deviceId: '' });
});

test('a refused row is named as far as it can be read, and no further than a name is long', () => {
  expect(row({ moduleId: 'm', importMode: 'x'.repeat(1_000) })).toMatchObject({
    deviceId: 'd1',
    moduleId: 'm',
    operation: 'x'.repeat(128),
  });
});

test.each([
  [{ tags: { site: 'A' } }, true],
  [{ properties: { desired: { rate: 1 } } }, true],
  [{ properties: { reported: { rate: 1 } } }, true],
  [{ tags: {}, properties: { desired: { $version: 7, $metadata: {} }, reported: null } }, false],
  [{ tags: { site: 'A' }, importMode: 'delete' }, false],
])('of %j it is told whether a twin is lost: %j', (members, hasTwin) => {
  expect(row(members)).toMatchObject({ hasTwin });
});

test('lines that begin otherwise are no rows', () => {
  expect(['{"id":1}', '', ' {', '# x', '[{}]'].map(isRow)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

const exported: Identity = {
  deviceId: 'd1',
  moduleId: 'm1',
  generationId: '638900112233440001',
  etag: 'MQ==',
  status: 'disabled',
  statusReason: 'because',
  statusUpdatedTime: undefined,
  isConnected: false,
  connectionStateUpdatedTime: undefined,
  lastActivityTime: undefined,
  cloudToDeviceMessageCount: 0,
  authentication: {
    type: 'sas',
    primaryKey: 'cA==',
    secondaryKey: 'cw==',
    primaryThumbprint: undefined,
    secondaryThumbprint: undefined,
  },
  isEdge: false,
  deviceScope: 'ms-azure-iot-edge://p-1',
  parentScopes: ['ms-azure-iot-edge://p-1'],
  managedBy: 'me',
  attributesJson: '{"floor":1}',
};

test('what is exported is imported as it was, with nothing to complain of', () => {
  expect(parseRow(formatLine(exported, false))).toEqual({
    mode: 'createOrUpdate',
    action: 'createOrUpdate',
    ifMatch: undefined,
    hasTwin: false,
    identity: {
      deviceId: 'd1',
      moduleId: 'm1',
      status: 'disabled',
      statusReason: 'because',
      authentication: { type: 'sas', primaryKey: 'cA==', secondaryKey: 'cw==' },
      iotEdge: false,
      deviceScope: 'ms-azure-iot-edge://p-1',
      parentScopes: ['ms-azure-iot-edge://p-1'],
      managedBy: 'me',
      attributesJson: '{"floor":1}',
    },
  });
});

test('service-rest 29: excluded keys are null, and everything else stays', () => {
  const line = JSON.parse(formatLine(exported, true)) as { authentication: object };

  expect(line.authentication).toEqual({
    symmetricKey: { primaryKey: null, secondaryKey: null },
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    type: 'sas',
  });
  expect(Object.keys(line.authentication)).toEqual(['symmetricKey', 'x509Thumbprint', 'type']);
  expect(line).toMatchObject({ id: 'd1', eTag: 'MQ==', tags: {}, twinETag: 'AAAAAAAAAAE=' });
});

test('a line holds no line feed but its last, whatever an identity is called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (statusReason) => {
      const line = formatLine({ ...exported, statusReason }, false);
      expect(line.indexOf('\n')).toBe(line.length - 1);
    }),
  );
});

test('no line makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (line) => {
      const result = parseRow(line);
      expect(isRowError(result) || result.identity.deviceId).toBeTruthy();
    }),
  );
  expect(parseRow(`{"id":"d1","tags":${'['.repeat(100_000)}`)).toMatchObject({
    errorCode: 'DeserializationError',
  });
});
