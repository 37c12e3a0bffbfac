import { expect, test } from '@jest/globals';
import { HubError, importModes } from '@linchpin/wire';
import { applyBulkRows, type BulkRow } from './apply-bulk-rows.js';
import type { BulkChange, BulkRegistry } from './bulk-registry.js';

const definition = {
  deviceId: 'd1',
  status: undefined,
  statusReason: undefined,
  authentication: undefined,
  isEdge: false,
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

const row = (deviceId: string, members: Partial<BulkRow> = {}): BulkRow => ({
  mode: 'create',
  definition: { ...definition, deviceId },
  etag: undefined,
  hasTwin: false,
  ...members,
});

test('each mode is an action, with a match or without', async () => {
  const { applied, registry } = setUp();
  const rows = importModes.map((mode, index) => row(`d${index}`, { mode, etag: 'MA==' }));
  await applyBulkRows(registry, 'hub', rows);
  expect(applied.map(({ action, ifMatch }) => [action, ifMatch])).toEqual([
    ['create', undefined],
    ['createOrUpdate', undefined],
    ['createOrUpdate', 'MA=='],
    ['update', undefined],
    ['update', 'MA=='],
    ['delete', undefined],
    ['delete', 'MA=='],
  ]);
});

test('who asks for a match without a tag matches nothing', async () => {
  const { applied, registry } = setUp();
  await applyBulkRows(registry, 'hub', [row('a', { mode: 'updateIfMatchETag' })]);
  expect(applied).toMatchObject([{ ifMatch: '' }]);
});

test('failures name their rows; what twins are needed for is refused', async () => {
  const { registry } = setUp('b', 'd');
  const rows = [
    row('a'),
    row('b'),
    row('c', { mode: 'updateTwin' }),
    row('d'),
    row('e', { mode: 'updateTwinIfMatchETag' }),
  ];
  const { failures } = await applyBulkRows(registry, 'hub', rows);
  expect(
    failures.map(({ row: { definition }, error }) => [definition.deviceId, error.code]),
  ).toEqual([
    ['b', 'DeviceAlreadyExists'],
    ['c', 'FeatureNotSupported'],
    ['d', 'DeviceAlreadyExists'],
    ['e', 'FeatureNotSupported'],
  ]);
});

test('what was applied without its twin is told, what was refused or deleted is not', async () => {
  const { registry } = setUp('refused');
  const rows = [
    row('created', { hasTwin: true }),
    row('updated', { hasTwin: true, mode: 'update' }),
    row('deleted', { hasTwin: true, mode: 'delete' }),
    row('refused', { hasTwin: true }),
    row('bare'),
  ];
  const { withoutTwin } = await applyBulkRows(registry, 'hub', rows);
  expect(withoutTwin.map(({ definition }) => definition.deviceId)).toEqual(['created', 'updated']);
});

test('service-rest 24: an id that is there twice refuses all', async () => {
  const { applied, registry } = setUp();
  const twice = [row('a'), row('b'), row('a', { mode: 'updateTwin' })];
  await expect(applyBulkRows(registry, 'hub', twice)).rejects.toMatchObject({
    code: 'DeviceDefinedMultipleTimes',
  });
  expect(applied).toEqual([]);
  const module = { ...definition, deviceId: 'a', moduleId: 'b' };
  const distinct = [row('a'), row('A'), row('a', { definition: module })];
  expect((await applyBulkRows(registry, 'hub', distinct)).failures).toEqual([]);
});
