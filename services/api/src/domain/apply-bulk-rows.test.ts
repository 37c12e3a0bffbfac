import { expect, test } from '@jest/globals';
import { HubError, type BulkChange } from '@linchpin/wire';
import type { ImportRow } from '@linchpin/wire/json';
import { applyBulkRows } from './apply-bulk-rows.js';
import type { BulkRegistry } from './bulk-registry.js';

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

/** Refuses what `refused` names. */
function setUp(...refused: string[]) {
  const applied: BulkChange[] = [];
  const registry: BulkRegistry = {
    apply: (_hub, changes) => {
      applied.push(...changes);
      return Promise.resolve(
        changes.map(({ definition: { deviceId } }) =>
          refused.includes(deviceId) ? new HubError('DeviceAlreadyExists', 'There.') : undefined,
        ),
      );
    },
    regenerateKeys: () => Promise.reject(new Error('not asked for')),
  };
  return { applied, registry };
}

function row(deviceId: string, members: Partial<ImportRow> = {}): ImportRow {
  const named = { ...definition, deviceId };
  const change = { action: 'create' as const, definition: named, ifMatch: undefined };
  return { mode: 'create', definition: named, change, hasTwin: false, ...members };
}

/** Of a twin alone. */
const twinRow = { mode: 'updateTwin', change: undefined, hasTwin: true } as const;

test('failures name their rows; what twins are needed for is refused', async () => {
  const { applied, registry } = setUp('b', 'd');
  const rows = [row('a'), row('b'), row('c', twinRow), row('d'), row('e', twinRow)];
  const { failures } = await applyBulkRows(registry, 'hub', rows);
  expect(
    failures.map(({ row: { definition }, error }) => [definition.deviceId, error.code]),
  ).toEqual([
    ['b', 'DeviceAlreadyExists'],
    ['c', 'FeatureNotSupported'],
    ['d', 'DeviceAlreadyExists'],
    ['e', 'FeatureNotSupported'],
  ]);
  expect(applied).toEqual([rows[0], rows[1], rows[3]].map((each) => each!.change));
});

test('what was applied without its twin is told, what was refused is not', async () => {
  const { registry } = setUp('refused');
  const rows = [
    row('applied', { hasTwin: true }),
    row('refused', { hasTwin: true }),
    row('twin', twinRow),
    row('bare'),
  ];
  const { withoutTwin } = await applyBulkRows(registry, 'hub', rows);
  expect(withoutTwin.map(({ definition }) => definition.deviceId)).toEqual(['applied']);
});

test('service-rest 24: an id that is there twice refuses all', async () => {
  const { applied, registry } = setUp();
  const twice = [row('a'), row('b'), row('a', twinRow)];
  await expect(applyBulkRows(registry, 'hub', twice)).rejects.toMatchObject({
    code: 'DeviceDefinedMultipleTimes',
    message: 'a is there twice; nothing is done.',
  });
  expect(applied).toEqual([]);
  const module = { ...definition, deviceId: 'a', moduleId: 'b' };
  const distinct = [row('a'), row('A'), row('a', { definition: module })];
  expect((await applyBulkRows(registry, 'hub', distinct)).failures).toEqual([]);
});
