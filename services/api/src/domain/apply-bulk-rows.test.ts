import { expect, test } from '@jest/globals';
import { HubError, type BulkChange } from '@linchpin/wire';
import { applyBulkRows, type BulkResult, type BulkRow } from './apply-bulk-rows.js';
import type { BulkRegistry } from './bulk-registry.js';
import { FakeTwins } from './twins.fake.js';

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

const hub = {
  ...{ hub: 'Test', hubGeneration: '7' },
  limits: { sku: 'S1', units: 1, unlimited: false },
} as const;

/** The registry refuses what `refused` names, the twins are those of whoever is not called `no twin`. */
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
  const twins = new FakeTwins((_hub, { deviceId }) => {
    if (deviceId === 'no twin') {
      throw new HubError('DeviceNotFound', 'No such device.');
    }
  });
  return { applied, parts: { registry, twins }, changes: twins.changes };
}

const twin = { mode: 'patch', tagsJson: '{"a":1.0}', desiredJson: undefined, ifMatch: undefined };

function row(deviceId: string, members: Partial<BulkRow> = {}): BulkRow {
  const named = { ...definition, deviceId };
  const change = { action: 'create' as const, definition: named, ifMatch: undefined };
  const bare = { hasTwin: false, twinIfMatch: undefined, twin: undefined };
  return { mode: 'create', definition: named, change, ...bare, ...members };
}

const withTwin = { hasTwin: true, twin } as Partial<BulkRow>;
/** Of a twin alone. */
const twinRow = { ...withTwin, mode: 'updateTwin', change: undefined } as Partial<BulkRow>;

const named = (rows: BulkResult['failures']): unknown[] =>
  rows.map(({ row: { definition: id }, error }) => [id.deviceId, error.code]);

test('failures name their rows, in their order, whichever step refused them', async () => {
  const { applied, parts } = setUp('b', 'd');
  const rows = [row('a'), row('b'), row('no twin', twinRow), row('d'), row('e', twinRow)];
  const { failures, withoutTwin } = await applyBulkRows(parts, hub, rows);

  expect(named(failures)).toEqual([
    ['b', 'DeviceAlreadyExists'],
    ['no twin', 'DeviceNotFound'],
    ['d', 'DeviceAlreadyExists'],
  ]);
  expect(withoutTwin).toEqual([]);
  expect(applied).toEqual([rows[0], rows[1], rows[3]].map((each) => each!.change));
});

test('twins of those that were applied are written, and no others', async () => {
  const { parts, changes } = setUp('refused');
  const rows = [
    row('applied', withTwin),
    row('refused', withTwin),
    row('twin', twinRow),
    row('bare'),
    row('applied', { ...withTwin, definition: { ...definition, deviceId: 'a', moduleId: 'm' } }),
  ];
  await applyBulkRows(parts, hub, rows);

  expect(changes).toEqual(
    [{ deviceId: 'applied' }, { deviceId: 'twin' }, { deviceId: 'a', moduleId: 'm' }].map(
      (identity) => ({ ...twin, hub, identity }),
    ),
  );
});

test('an identity that was applied stays so when its twin is refused, and that is told', async () => {
  const { applied, parts } = setUp();
  const { failures, withoutTwin } = await applyBulkRows(parts, hub, [
    row('no twin', withTwin),
    row('other', withTwin),
  ]);

  expect([failures, named(withoutTwin)]).toEqual([[], [['no twin', 'DeviceNotFound']]]);
  expect(applied).toHaveLength(2);
});

test('a twin that has another tag than it must is left as it is', async () => {
  const { parts } = setUp();
  const stale = { ...twinRow, twin: { ...twin, ifMatch: '' } } as Partial<BulkRow>;
  const { failures } = await applyBulkRows(parts, hub, [row('a', stale)]);

  expect(named(failures)).toEqual([['a', 'PreconditionFailed']]);
});

test('of twins alone the registry is asked nothing', async () => {
  const { parts } = setUp();
  const apply = () => Promise.reject(new Error('not asked for'));
  const registry = { ...parts.registry, apply };

  expect(await applyBulkRows({ ...parts, registry }, hub, [row('a', twinRow)])).toEqual({
    failures: [],
    withoutTwin: [],
  });
});

test('security-limits 40: in a basic tier no twin is written', async () => {
  const { applied, parts, changes } = setUp();
  const basic = { ...hub, limits: { ...hub.limits, sku: 'B1' } } as const;
  const rows = [row('a', withTwin), row('b', twinRow)];
  const { failures, withoutTwin } = await applyBulkRows(parts, basic, rows);

  expect(named(failures)).toEqual([['b', 'OperationNotAvailableInCurrentTier']]);
  expect(named(withoutTwin)).toEqual([['a', 'OperationNotAvailableInCurrentTier']]);
  expect([applied.length, changes]).toEqual([1, []]);
});

test('16 twins of a request are asked for at a time', async () => {
  const { parts } = setUp();
  let [running, most] = [0, 0];
  const twins = new FakeTwins();
  const update: FakeTwins['update'] = async (...change) => {
    most = Math.max(most, ++running);
    const result = await twins.update(...change);
    running--;
    return result;
  };
  const rows = Array.from({ length: 100 }, (_, index) => row(`d${index}`, withTwin));
  const counted = { get: twins.get.bind(twins), update };
  await applyBulkRows({ ...parts, twins: counted }, hub, rows);

  expect([most, twins.changes.length]).toEqual([16, 100]);
});

test('what is no refusal fails the request', async () => {
  const { parts } = setUp();
  const twins = new FakeTwins(() => {
    throw new Error('broken');
  });

  await expect(applyBulkRows({ ...parts, twins }, hub, [row('a', withTwin)])).rejects.toThrow(
    'broken',
  );
});

test('service-rest 24: an id that is there twice refuses all', async () => {
  const { applied, parts } = setUp();
  const twice = [row('a'), row('b'), row('a', twinRow)];
  await expect(applyBulkRows(parts, hub, twice)).rejects.toMatchObject({
    code: 'DeviceDefinedMultipleTimes',
    message: 'a is there twice; nothing is done.',
  });
  expect(applied).toEqual([]);
  const module = { ...definition, deviceId: 'a', moduleId: 'b' };
  const distinct = [row('a'), row('A'), row('a', { definition: module })];
  expect((await applyBulkRows(parts, hub, distinct)).failures).toEqual([]);
});
