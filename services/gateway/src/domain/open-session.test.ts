import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { Credential } from './authenticator.js';
import { fakeClaim, fakeGrant } from './authenticator.fake.js';
import { cutOff } from './cut-off.js';
import { FakeConnection } from './device-connection.fake.js';
import { openerWithFakes } from './open-session.fake.js';
import type { ConnectClaim } from './open-session.js';
import { FakePresenceStore } from './presence.fake.js';

const claim: ConnectClaim = { ...fakeClaim('d1'), modelId: 'dtmi:a;1' };

const bad = { ...claim, credential: { kind: 'sas', token: 'bad' } } as const;

async function turns(): Promise<void> {
  for (let index = 0; index < 10; index++) {
    await turn();
  }
}

describe('a client that is let in', () => {
  test('has its session and its place, until that is closed', async () => {
    const { opener, table, events, authenticator } = openerWithFakes();
    const connection = new FakeConnection('c1');
    const opened = await opener.open(claim, connection);
    expect(opened.session).toEqual({
      identity: { deviceId: 'd1' },
      grant: fakeGrant,
      connectionId: 'c1',
      modelId: 'dtmi:a;1',
    });
    expect([opened.keepsState, opened.presence.sessionPresent]).toEqual([true, false]);
    expect(table.find('c1')?.held).toEqual(opened.held);
    const { host, identity, credential } = claim;
    const { client } = connection;
    expect(authenticator.claims).toEqual([{ host, client, identity, credential }]);

    await opener.close(opened, 'token-expired');
    expect(table.size).toBe(0);
    await turns();
    expect(events()).toEqual(['deviceConnected connect', 'deviceDisconnected token-expired']);
  });

  test('a clean session keeps nothing', async () => {
    const { opener, store } = openerWithFakes();
    const opened = await opener.open({ ...claim, cleanSession: true }, new FakeConnection('c1'));
    expect(opened.keepsState).toBe(false);
    await opener.close(opened, 'client-disconnect');
    await turns();
    expect(store.sessions.size).toBe(0);
  });
});

describe('the rate of connections of a hub', () => {
  const limits = { sku: 'S1', units: 1, unlimited: false } as const;

  async function setUpBusy() {
    const world = openerWithFakes();
    world.authenticator.grant = { ...fakeGrant, limits };
    await world.opener.open(claim, new FakeConnection('c1'));
    const budget = world.budgets.get('h/7/connections');
    budget.atHand = 0;
    world.authenticator.claims.length = 0;
    return { ...world, budget };
  }

  test('is waited for by who has a credential, and by nobody before him', async () => {
    const { opener, budget } = await setUpBusy();
    const forged = Array.from({ length: 500 }, (_, id) => new FakeConnection(`f${id}`));
    const refusals = forged.map((connection) => opener.open(bad, connection));
    const connection = new FakeConnection('c2');
    const opened = opener.open(claim, connection);
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
    }
    await turns();
    expect([budget.waiting.length, connection.isProven]).toEqual([1, true]);
    expect(forged.some(({ isProven }) => isProven)).toBe(false);
    budget.give(1);
    expect((await opened).limiter.hub).toMatchObject({ hub: 'h' });
  });

  test('refuses who would wait too long, without a word to the registry', async () => {
    const { opener, authenticator, budget, table } = await setUpBusy();
    budget.isOverfull = true;
    await expect(opener.open(claim, new FakeConnection('c2'))).rejects.toMatchObject({
      code: 'ThrottleBacklogLimitExceeded',
    });
    expect([authenticator.claims.length, table.size]).toEqual([0, 1]);
  });

  test('refuses whose turn does not come', async () => {
    const { opener, budget, table } = await setUpBusy();
    const opened = opener.open(claim, new FakeConnection('c2'));
    await turns();
    budget.refuse('late');
    await expect(opened).rejects.toMatchObject({ code: 'ThrottlingBacklogTimeout' });
    expect(table.size).toBe(1);
  });

  test('is not spent by who has no credential, nor by who is gone before the turn', async () => {
    const { opener, budget } = await setUpBusy();
    budget.atHand = 5;
    await expect(opener.open(bad, new FakeConnection('c2'))).rejects.toThrow();
    expect(budget.atHand).toBe(5);
    budget.atHand = 0;
    const gone = new FakeConnection('c3');
    const opened = opener.open(claim, gone);
    await turns();
    await gone.end('connection-lost');
    budget.give(1);
    await expect(opened).rejects.toMatchObject({ code: 'RequestCanceled' });
    expect(budget.atHand).toBe(1);
  });

  test('a name without anybody who was let in is not kept', async () => {
    const { opener, authenticator, budgets } = openerWithFakes();
    await expect(opener.open(bad, new FakeConnection('c1'))).rejects.toThrow();
    expect([authenticator.claims.length, budgets.names]).toEqual([1, []]);
  });
});

describe('while many come', () => {
  /** Judgements that begin and do not end, and the clients whose they are, by device. */
  function setUpSlow() {
    const world = openerWithFakes();
    const judged: string[] = [];
    const end: (() => void)[] = [];
    world.authenticator.onClaim = ({ identity }) => {
      judged.push(identity.deviceId);
      return new Promise((resolve) => end.push(resolve));
    };
    const come = (deviceId: string, address: string, credential: Credential = bad.credential) => {
      const connection = new FakeConnection(`c-${deviceId}`, address);
      const opened = world.opener.open(
        { ...claim, identity: { deviceId }, credential },
        connection,
      );
      opened.catch(() => undefined);
      return opened;
    };
    return { ...world, judged, end, come };
  }

  test('so many are judged at once, and a flood from one address delays no other', async () => {
    const { judged, end, come } = setUpSlow();
    for (let id = 0; id < 1_000; id++) {
      void come(`f${id}`, '192.0.2.66');
    }
    const opened = come('d1', '198.51.100.1', claim.credential);
    await turns();
    expect(judged).toHaveLength(32);
    end.splice(0, 2).forEach((judge) => {
      judge();
    });
    await turns();
    expect(judged.slice(32)).toEqual(['f32', 'd1']);
    end.at(-1)!();
    expect((await opened).session.identity).toEqual({ deviceId: 'd1' });
  });

  test('who is gone before he is judged is not', async () => {
    const { judged, end, come, table } = setUpSlow();
    for (let id = 0; id < 33; id++) {
      void come(`f${id}`, '192.0.2.66');
    }
    await turns();
    await table.find('c-f32')?.connection.end('connection-lost');
    end[0]!();
    await turns();
    expect([judged.length, table.find('c-f32')]).toEqual([32, undefined]);
  });
});

describe('a client that is refused', () => {
  test('disturbs nobody and leaves no trace', async () => {
    const { opener, table, events } = openerWithFakes();
    const first = new FakeConnection('c1');
    await opener.open(claim, first);
    await expect(opener.open(bad, new FakeConnection('c2'))).rejects.toThrow(HubError);
    await turns();
    expect([first.isEnded, table.size]).toEqual([false, 1]);
    expect(events()).toEqual(['deviceConnected connect']);
  });

  test('one that is gone before its judgement pushes nobody out', async () => {
    const { opener, authenticator, events } = openerWithFakes();
    const first = new FakeConnection('c1');
    await opener.open(claim, first);
    const second = new FakeConnection('c2');
    authenticator.onClaim = () => void second.end('connection-lost');
    await expect(opener.open(claim, second)).rejects.toMatchObject({ code: 'RequestCanceled' });
    expect(first.isEnded).toBe(false);
    expect(events()).toEqual(['deviceConnected connect']);
  });

  test('one that ends while the former is detached gives the place up', async () => {
    const { opener, table, events } = openerWithFakes();
    const first = new FakeConnection('c1');
    await opener.open(claim, first);
    const second = new FakeConnection('c2');
    first.stored = turns().then(() => second.end('connection-lost'));
    await expect(opener.open(claim, second)).rejects.toMatchObject({ code: 'RequestCanceled' });
    await turns();
    expect(events().at(-1)).toBe('deviceDisconnected connection-lost');
    expect(table.find('c2')).toBeUndefined();
  });
});

describe('the former holder', () => {
  test('on this gateway is ended, and waited for', async () => {
    const { opener, table } = openerWithFakes();
    const first = new FakeConnection('c1');
    await opener.open(claim, first);
    let stored: () => void = () => undefined;
    first.stored = new Promise((resolve) => (stored = resolve));
    let isOpen = false;
    const second = opener.open(claim, new FakeConnection('c2')).then(() => (isOpen = true));
    await turns();
    expect([first.cause, isOpen]).toEqual(['takeover', false]);
    stored();
    await second;
    expect(table.find('c2')).toBeDefined();
  });

  test('that does not come to its end is not waited for longer than 3 s', async () => {
    const { opener } = openerWithFakes();
    const first = new FakeConnection('c1');
    await opener.open(claim, first);
    first.stored = new Promise(() => undefined);
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      let isOpen = false;
      const second = opener.open(claim, new FakeConnection('c2')).then(() => (isOpen = true));
      await turns();
      jest.advanceTimersByTime(2_900);
      await turns();
      expect(isOpen).toBe(false);
      jest.advanceTimersByTime(200);
      await second;
    } finally {
      jest.useRealTimers();
    }
  });

  test('on another gateway is told there', async () => {
    const store = new FakePresenceStore();
    await openerWithFakes(store, 'g1').opener.open(claim, new FakeConnection('c1'));
    const { opener, told } = openerWithFakes(store, 'g2');
    await opener.open(claim, new FakeConnection('c2'));
    expect(told).toMatchObject([{ gatewayId: 'g1', connectionId: 'c1' }]);
  });

  test('is told as well when the answer to the claim was lost', async () => {
    const store = new FakePresenceStore();
    await openerWithFakes(store, 'g1').opener.open(claim, new FakeConnection('c1'));
    const { opener, told, presence, events } = openerWithFakes(store, 'g2');
    const answered = presence.claim.bind(presence);
    presence.claim = async (wanted) => {
      await answered(wanted);
      throw new HubError('ServiceUnavailable', 'no answer');
    };
    await expect(opener.open(claim, new FakeConnection('c2'))).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    await turns();
    expect(told).toMatchObject([{ gatewayId: 'g1', connectionId: 'c1' }]);
    expect(events().slice(1)).toEqual([
      'deviceDisconnected takeover',
      'deviceConnected connect',
      'deviceDisconnected connection-lost',
    ]);
  });
});

describe('an identity that changes while it is judged', () => {
  const change = {
    kind: 'identityUpdated',
    hub: 'h',
    deviceId: 'd1',
    moduleId: undefined,
    generationId: fakeGrant.generationId,
    enabled: false,
    revokedCredentialIds: [],
  } as const;

  test('is judged again', async () => {
    const { opener, authenticator, table } = openerWithFakes();
    authenticator.onClaim = () => {
      if (authenticator.claims.length === 1) {
        void cutOff(table, change);
      } else {
        throw new HubError('IotHubUnauthorized', 'disabled');
      }
    };
    await expect(opener.open(claim, new FakeConnection('c1'))).rejects.toMatchObject({
      code: 'IotHubUnauthorized',
    });
    expect(authenticator.claims).toHaveLength(2);
  });

  test('all the time is given up', async () => {
    const { opener, authenticator, table } = openerWithFakes();
    authenticator.onClaim = () => {
      void cutOff(table, change);
    };
    await expect(opener.open(claim, new FakeConnection('c1'))).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    expect([authenticator.claims.length, table.size]).toEqual([5, 0]);
  });

  test('right after its judgement ends the connection', async () => {
    const { opener, table, presence } = openerWithFakes();
    const connection = new FakeConnection('c1');
    const answered = presence.claim.bind(presence);
    presence.claim = (wanted) => {
      void cutOff(table, change);
      return answered(wanted);
    };
    await expect(opener.open(claim, connection)).rejects.toMatchObject({
      code: 'RequestCanceled',
    });
    expect([connection.cause, table.size]).toEqual(['revoked', 0]);
  });
});
