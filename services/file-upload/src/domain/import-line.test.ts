import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Identity } from '@linchpin/wire';
import { formatLine } from './export-line.js';
import { isRow, parseRow } from './import-line.js';
import { isRowError } from './row-error.js';

function row(members: object) {
  return parseRow(JSON.stringify({ id: 'd1', ...members }));
}

test('a row is read with all that a blob may bring: attributes, and reported properties', () => {
  const members = { attributes: { a: 1 }, properties: { reported: { rate: 1 } } };
  expect(row(members)).toMatchObject({
    hasTwin: true,
    change: { action: 'createOrUpdate', definition: { attributesJson: '{"a":1}' } },
  });
});

test.each([
  [{ importMode: 'updateTwin' }, 'FeatureNotSupported', 'Import jobs do not write twins yet.'],
  [{ importMode: 'upsert' }, 'ArgumentInvalid', 'importMode: must be one of create'],
  [{ id: 5 }, 'ArgumentInvalid', 'id: '],
])('%j is refused', (members, errorCode, errorStatus) => {
  expect(row(members)).toMatchObject({
    errorCode,
    errorStatus: expect.stringContaining(errorStatus),
  });
});

test('a line that is no JSON is refused', () => {
  expect(parseRow('{"id":"d1"')).toMatchObject({ errorCode: 'DeserializationError', deviceId: '' });
});

test('a refused row is named as far as it can be read', () => {
  expect(row({ moduleId: 'm', importMode: 'x' })).toMatchObject({
    deviceId: 'd1',
    moduleId: 'm',
    operation: 'x',
  });
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
  generationId: '638900112233440001',
  etag: 'MQ==',
  status: 'disabled',
  statusReason: 'because',
  statusUpdatedTime: undefined,
  connectionState: 'Disconnected',
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
  iotEdge: true,
  deviceScope: 'ms-azure-iot-edge://p-1',
  parentScopes: ['ms-azure-iot-edge://p-1'],
  managedBy: undefined,
  attributesJson: '{"floor":1}',
};

test('what is exported is imported as it was, with nothing to complain of', () => {
  const { status, statusReason, authentication, iotEdge, deviceScope, parentScopes } = exported;
  const device = { deviceId: 'd1', status, statusReason, iotEdge, deviceScope, parentScopes };
  expect(parseRow(formatLine(exported, false))).toMatchObject({
    hasTwin: false,
    change: {
      action: 'createOrUpdate',
      definition: { ...device, authentication, attributesJson: '{"floor":1}' },
      ifMatch: undefined,
    },
  });
  const module = { ...exported, moduleId: 'm1', managedBy: 'me' };
  expect(parseRow(formatLine(module, false))).toMatchObject({
    hasTwin: false,
    change: { definition: { deviceId: 'd1', moduleId: 'm1', managedBy: 'me', authentication } },
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
  expect(line).toMatchObject({ id: 'd1', eTag: 'MQ==' });
  // Nothing that an import, or a reader, would take for a twin.
  expect(line).not.toHaveProperty(['tags']);
  expect(line).not.toHaveProperty(['twinETag']);
  expect(line).not.toHaveProperty(['properties']);
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
      expect(isRowError(result) || result.definition.deviceId).toBeTruthy();
    }),
  );
  expect(parseRow(`{"id":"d1","tags":${'['.repeat(100_000)}`)).toMatchObject({
    errorCode: 'DeserializationError',
  });
});
