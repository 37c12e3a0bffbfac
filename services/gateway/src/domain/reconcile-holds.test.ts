import { expect, test } from '@jest/globals';
import { fakeClaim, FakeAuthenticator } from './authenticator.fake.js';
import { ConnectionTable } from './connection-table.js';
import { FakeConnection } from './device-connection.fake.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { SessionOpener } from './open-session.js';
import { FakePresenceStore } from './presence.fake.js';
import { reconcileHolds } from './reconcile-holds.js';

async function setUp() {
  const store = new FakePresenceStore();
  const table = new ConnectionTable();
  const presence = store.gateway('g1');
  const authenticator = new FakeAuthenticator();
  const peers = { disconnect: () => Promise.resolve() };
  const opener = new SessionOpener({
    ...{ gatewayId: 'g1', authenticator, presence, peers, table },
    limiters: fakeLimiters(),
  });
  const open = async (deviceId: string) => {
    const connection = new FakeConnection(`c-${deviceId}`);
    return { connection, opened: await opener.open(fakeClaim(deviceId), connection) };
  };
  const devices = [];
  for (let index = 0; index < 250; index++) {
    devices.push(await open(`d${index}`));
  }
  const holderOf = (deviceId: string) => store.places.get(`h/${deviceId}`)?.holder?.connectionId;
  return { store, table, presence, opener, devices, holderOf };
}

test('what the store lost is held again', async () => {
  const { store, table, presence, holderOf } = await setUp();
  store.places.clear();
  await reconcileHolds(table, presence);
  expect([holderOf('d0'), holderOf('d249')]).toEqual(['c-d0', 'c-d249']);
});

test('who had no place is told that messages may wait for him', async () => {
  const { store, table, presence, devices } = await setUp();
  const [kept, restored, deaf] = [devices[0]!, devices[1]!, devices[2]!];
  deaf.connection.isListening = false;
  store.places.delete('h/d1');
  store.places.delete('h/d2');
  await reconcileHolds(table, presence);
  expect([kept, restored, deaf].map(({ connection }) => connection.hints)).toEqual([0, 1, 0]);
  expect(devices.filter(({ connection }) => connection.isEnded)).toEqual([]);
});

test('what another gateway took meanwhile is closed here', async () => {
  const { store, table, presence, devices, holderOf } = await setUp();
  const { held } = devices[7]!.opened;
  await store.gateway('g2').claim({ ...held, connectionId: 'elsewhere', cleanSession: false });
  await reconcileHolds(table, presence);
  expect(devices[7]!.connection.cause).toBe('takeover');
  expect(devices.filter(({ connection }) => connection.isEnded)).toHaveLength(1);
  expect(holderOf('d7')).toBe('elsewhere');
});

test('what ended and was lost again is released, and what ends meanwhile is not held', async () => {
  const { store, table, presence, opener, devices, holderOf } = await setUp();
  const [lost, ending] = [devices[3]!, devices[200]!];
  const before = { ...store.places.get('h/d3')! };
  void opener.close(lost.opened, 'connection-lost');
  await presence.releaseUnknown(() => true);
  store.places.set('h/d3', before);
  const reconciled = reconcileHolds(table, presence);
  void ending.connection.end('connection-lost');
  void opener.close(ending.opened, 'connection-lost');
  await reconciled;
  expect([holderOf('d3'), holderOf('d200')]).toEqual([undefined, undefined]);
});

test('a connection that is being opened is left alone', async () => {
  const { table, presence } = await setUp();
  const connection = new FakeConnection('opening');
  table.add(connection, { deviceId: 'd1' });
  await reconcileHolds(table, presence);
  expect(connection.isEnded).toBe(false);
});

test('a store that does not answer is an error: it must be done later', async () => {
  const { store, table, presence } = await setUp();
  store.isAway = true;
  await expect(reconcileHolds(table, presence)).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
});
