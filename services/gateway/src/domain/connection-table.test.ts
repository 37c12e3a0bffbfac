import { expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { ConnectionTable } from './connection-table.js';
import { FakeConnection } from './device-connection.fake.js';

test('connections are found by id and by device, until they are removed', () => {
  const table = new ConnectionTable();
  const device = table.add(new FakeConnection('c1'), { deviceId: 'd1' });
  const module = table.add(new FakeConnection('c2'), { deviceId: 'd1', moduleId: 'm1' });
  const other = table.add(new FakeConnection('c3'), { deviceId: 'd2' });
  expect(table.find('c2')).toBe(module);
  expect(table.ofDevice('d1')).toEqual([device, module]);
  expect(table.ofDevice('d3')).toEqual([]);
  expect(table.all()).toEqual([device, module, other]);

  table.remove(device);
  table.remove(device);
  expect([table.find('c1'), table.size]).toEqual([undefined, 2]);
  expect(table.ofDevice('d1')).toEqual([module]);
  table.remove(module);
  expect(table.ofDevice('d1')).toEqual([]);
});

test('what is found may be removed while it is gone through', () => {
  const table = new ConnectionTable();
  for (const id of ['c1', 'c2', 'c3']) {
    table.add(new FakeConnection(id), { deviceId: 'd1' });
  }
  table.ofDevice('d1').forEach((entry) => {
    table.remove(entry);
  });
  expect(table.size).toBe(0);
});

test('of a hub are those that were let in to it, until they are removed, and all that are being judged', () => {
  const table = new ConnectionTable();
  const [mine, others, judged] = ['mine', 'others', 'judged'].map((id) =>
    table.add(new FakeConnection(id), { deviceId: id }),
  );
  expect(table.accesses.ofHub('h')).toEqual([mine, others, judged]);
  mine!.establish({ ...fakeGrant, hub: 'h' });
  others!.establish({ ...fakeGrant, hub: 'other' });
  expect(table.accesses.ofHub('h')).toEqual([judged, mine]);
  table.remove(judged!);
  table.remove(mine!);
  expect([table.accesses.ofHub('h'), table.accesses.ofHub('other'), table.all()]).toEqual([
    [],
    [others],
    [others],
  ]);
});
