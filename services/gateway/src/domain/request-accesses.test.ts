import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import { cutOff } from './cut-off.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { openerWithFakes } from './open-session.fake.js';
import { RequestAccesses, type RequestClaim } from './request-accesses.js';
import { FakeTelemetryLog } from './telemetry-log.fake.js';

const claim: RequestClaim = {
  host: 'h.example.net',
  identity: { deviceId: 'd1' },
  credential: { kind: 'sas', token: 'good' },
};
const client = { address: '192.0.2.1', tlsVersion: '1.3' } as const;

const deviceDeleted = {
  kind: 'identityDeleted',
  hub: 'h',
  deviceId: 'd1',
  generationId: fakeGrant.generationId,
  moduleGenerationIds: [],
} as const;

function setUp() {
  const world = openerWithFakes();
  const counter = { messages: 0, bytes: 0 };
  const clock = { now: new Date('2026-11-25T12:00:00Z') };
  const accesses = new RequestAccesses({
    opener: world.opener,
    table: world.table,
    limiters: fakeLimiters(),
    telemetryLog: new FakeTelemetryLog(),
    counterOf: () => counter,
    client,
    connectionId: 'c1',
    now: () => clock.now,
  });
  return { ...world, accesses, clock, counter };
}

test('who is let in has a session and no place: nobody hears that he is connected', async () => {
  const { accesses, authenticator, table, events } = setUp();
  const { session } = await accesses.admit(claim);

  expect(session).toEqual({
    identity: { deviceId: 'd1' },
    grant: fakeGrant,
    connectionId: 'c1',
    modelId: undefined,
  });
  expect(authenticator.claims).toEqual([{ ...claim, client }]);
  expect([table.size, events()]).toEqual([0, []]);
});

test('the same credential is judged once, for requests at once and for later ones', async () => {
  const { accesses, authenticator } = setUp();
  const [first, second] = await Promise.all([accesses.admit(claim), accesses.admit(claim)]);

  expect([second, await accesses.admit(claim)]).toEqual([first, first]);
  expect(authenticator.claims).toHaveLength(1);
});

test.each([
  ['identity', { identity: { deviceId: 'd2' } }],
  ['module', { identity: { deviceId: 'd1', moduleId: 'm1' } }],
  ['device, of the id of a module', { identity: { deviceId: 'd1/m1' } }],
  ['host', { host: 'H.example.net' }],
  ['token', { credential: { kind: 'sas', token: 'bad' } }],
  ['kind of credential', { credential: { kind: 'certificates', chain: [] } }],
] as const)('another %s is judged by itself', async (_, other) => {
  const { accesses, authenticator } = setUp();
  await accesses.admit(claim);
  await accesses.admit({ ...claim, ...other }).catch(() => undefined);

  expect(authenticator.claims).toHaveLength(2);
});

test('one that was refused is judged again, and keeps nothing', async () => {
  const { accesses, authenticator, table } = setUp();
  authenticator.onClaim = () => {
    throw new HubError('ServiceUnavailable', 'Try again.');
  };
  await expect(accesses.admit(claim)).rejects.toThrow('Try again.');
  await turn();
  expect(table.ofDevice('d1')).toEqual([]);
  authenticator.onClaim = () => undefined;

  await accesses.admit(claim);
});

test('a revocation ends it at once: the next request is judged by what holds since', async () => {
  const { accesses, authenticator, table } = setUp();
  await accesses.admit(claim);
  await cutOff(table, deviceDeleted);
  authenticator.onClaim = () => {
    throw new HubError('DeviceNotFound', 'Gone.');
  };

  await expect(accesses.admit(claim)).rejects.toThrow('Gone.');
  await turn();
  expect(table.ofDevice('d1')).toEqual([]);
});

test('a change while it is judged has it judged again', async () => {
  const { accesses, authenticator, table } = setUp();
  authenticator.onClaim = async () => {
    authenticator.onClaim = () => undefined;
    await cutOff(table, deviceDeleted);
  };
  await accesses.admit(claim);

  expect(authenticator.claims).toHaveLength(2);
});

test('a token that has ended, five minutes ago, is judged again', async () => {
  const { accesses, authenticator, clock } = setUp();
  const expiresAt = new Date('2026-11-25T12:00:01Z');
  authenticator.grant = { ...fakeGrant, expiresAt };
  await accesses.admit(claim);
  clock.now = new Date(expiresAt.getTime() + 299_999);
  await accesses.admit(claim);
  expect(authenticator.claims).toHaveLength(1);
  clock.now = new Date(expiresAt.getTime() + 300_000);
  await accesses.admit(claim);

  expect(authenticator.claims).toHaveLength(2);
});

test('a few are kept, those that were asked for last', async () => {
  const { accesses, authenticator, table } = setUp();
  const of = (deviceId: string) => accesses.admit({ ...claim, identity: { deviceId } });
  for (const deviceId of ['d1', 'd2', 'd3', 'd4', 'd1', 'd5']) {
    await of(deviceId);
  }
  await turn();
  const kept = ['d1', 'd2', 'd3', 'd4', 'd5'].map((deviceId) => table.ofDevice(deviceId).length);
  expect(kept).toEqual([1, 0, 1, 1, 1]);
  await of('d1');

  expect(authenticator.claims).toHaveLength(5);
});

test('a credential of extraordinary length is not kept', async () => {
  const { accesses, authenticator, table } = setUp();
  authenticator.hosts.push('h'.repeat(3_000));
  const long = { ...claim, host: 'h'.repeat(3_000) };
  await accesses.admit(long);
  await accesses.admit(long);
  await turn();

  expect([authenticator.claims.length, table.ofDevice('d1')]).toEqual([2, []]);
});

test('with the connection all end, also those that come late', async () => {
  const { accesses, table } = setUp();
  const first = accesses.admit(claim);
  accesses.end();
  const second = accesses.admit(claim);
  await Promise.all([first, second]);
  await turn();

  expect([table.ofDevice('d1'), table.accesses.ofHub('h')]).toEqual([[], []]);
});

test('telemetry is counted for the hub', async () => {
  const { accesses, counter } = setUp();
  const { telemetry } = await accesses.admit(claim);
  await telemetry.sendAll([
    { body: Buffer.from('ab'), message: { properties: [], countedBytes: 3 } },
  ]);

  expect(counter).toEqual({ messages: 1, bytes: 5 });
});

test('who waits with what he was admitted for learns that it counts no more', async () => {
  const { accesses, table } = setUp();
  const { checkCounts } = await accesses.admit(claim);
  expect(checkCounts).not.toThrow();
  await cutOff(table, deviceDeleted);

  expect(checkCounts).toThrow('does not count any more');
});
