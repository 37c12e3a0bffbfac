import { expect, test } from '@jest/globals';
import type { ClientSource } from '@linchpin/auth';
import { HubError, type EndCause } from '@linchpin/wire';
import type { AccessHolder } from './access-entry.js';
import { fakeGrant } from './authenticator.fake.js';
import { FakeBudgets } from './budgets.fake.js';
import { ConnectionTable } from './connection-table.js';
import { cutOff, type EndingChange } from './cut-off.js';
import { hubUpdated } from './ending-change.fake.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { ServiceOpener, type ServiceClaim } from './open-service.js';
import type { PolicyGrant } from './policy-tokens.js';

const client: ClientSource = { address: '192.0.2.1', tlsVersion: '1.3' };
const claim: ServiceClaim = { token: 't', host: 'h.example.net', path: '/', client };
const grant: PolicyGrant = {
  ...fakeGrant,
  ...{ policy: 'service', rights: 4 },
  expiresAt: new Date('2030-01-01'),
  credentialIds: ['service-policy/service/a', 'local-auth'],
};

class FakeHolder implements AccessHolder {
  readonly client = client;
  cause: EndCause | undefined;

  get isEnded(): boolean {
    return this.cause !== undefined;
  }

  end(cause: EndCause): Promise<void> {
    this.cause ??= cause;
    return Promise.resolve();
  }
}

/** @param verdicts the last one is given again and again */
function setUp(...verdicts: readonly (() => PolicyGrant)[]) {
  const table = new ConnectionTable();
  const asked: string[] = [];
  const policyTokens = {
    authorize: (token: string) => {
      asked.push(token);
      const verdict = verdicts[Math.min(asked.length, verdicts.length) - 1]!;
      return new Promise<PolicyGrant>((resolve) => {
        resolve(verdict());
      });
    },
  };
  const limiters = fakeLimiters(new FakeBudgets());
  const opener = new ServiceOpener({ policyTokens, accesses: table.accesses, limiters });
  return { table, opener, asked };
}

test('a link is found by its hub, until it is closed', async () => {
  const { table, opener } = setUp(() => grant);
  const opened = await opener.open(claim, new FakeHolder());
  expect(opened).toMatchObject({ grant, limiter: { hub: { hub: 'h', hubGeneration: '7' } } });
  expect(table.accesses.ofHub('h')).toEqual([opened.entry]);
  opener.close(opened);
  expect(table.accesses.ofHub('h')).toEqual([]);
});

test.each<[string, () => PolicyGrant]>([
  ['without ServiceConnect', () => ({ ...grant, rights: 8 | 3 })],
  [
    'that is refused',
    () => {
      throw new HubError('IotHubUnauthorizedAccess', 'The token does not count.');
    },
  ],
])('a policy %s opens nothing', async (_, verdict) => {
  const { table, opener } = setUp(verdict);
  await expect(opener.open(claim, new FakeHolder())).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
  expect(table.accesses.judged()).toEqual([]);
});

test.each<[string, EndingChange, EndCause | undefined]>([
  [
    'a key that is regenerated',
    hubUpdated({ revokedCredentialIds: ['service-policy/service/a'] }),
    'revoked',
  ],
  ['policies turned off', hubUpdated({ revokedCredentialIds: ['local-auth'] }), 'revoked'],
  [
    'an address that may come no more',
    hubUpdated({
      ipFilterRules: [{ filterName: 'r', action: 'Reject', ipMask: '192.0.2.0/24' }],
    }),
    'revoked',
  ],
  ['its hub deleted', { kind: 'hubDeleted', hub: 'h', hubGeneration: '7' }, 'revoked'],
  [
    "a device's key",
    hubUpdated({ revokedCredentialIds: ['policy/service/a', 'device-sas'] }),
    undefined,
  ],
  ['an earlier hub of its name', { kind: 'hubDeleted', hub: 'h', hubGeneration: '6' }, undefined],
  ['another hub', { kind: 'hubDeleted', hub: 'other', hubGeneration: '7' }, undefined],
])('%s: ends a link or not', async (_, change, cause) => {
  const { table, opener } = setUp(() => grant);
  const holder = new FakeHolder();
  await opener.open(claim, holder);
  await cutOff(table, change);
  expect(holder.cause).toBe(cause);
});

test('a link whose token is revoked while it is judged is judged again', async () => {
  const change = hubUpdated({ revokedCredentialIds: ['local-auth'] });
  const { table, opener, asked } = setUp(
    () => {
      void cutOff(table, change);
      return grant;
    },
    () => {
      throw new HubError('IotHubUnauthorizedAccess', 'The hub accepts no policy.');
    },
  );
  await expect(opener.open(claim, new FakeHolder())).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
  expect([asked.length, table.accesses.ofHub('h')]).toEqual([2, []]);
});

test('a link that goes while it is judged leaves nothing behind', async () => {
  const holder = new FakeHolder();
  const { table, opener } = setUp(() => {
    void holder.end('client-disconnect');
    return grant;
  });
  await expect(opener.open(claim, holder)).rejects.toMatchObject({ code: 'RequestCanceled' });
  expect(table.accesses.ofHub('h')).toEqual([]);
});

test('a newer token holds for all that are renewed by it, and is judged once', async () => {
  const newer = { ...grant, credentialIds: ['service-policy/service/b', 'local-auth'] };
  const { table, opener, asked } = setUp(...[() => grant, () => grant, () => newer]);
  const holders = [new FakeHolder(), new FakeHolder()];
  const opened = await Promise.all(holders.map((holder) => opener.open(claim, holder)));
  expect(await opener.renew(opened, { ...claim, token: 'newer' })).toEqual(newer);
  expect(asked).toEqual(['t', 't', 'newer']);

  const revoke = (id: string) => cutOff(table, hubUpdated({ revokedCredentialIds: [id] }));
  await revoke('service-policy/service/a');
  expect(holders.map(({ cause }) => cause)).toEqual([undefined, undefined]);
  await revoke('service-policy/service/b');
  expect(holders.map(({ cause }) => cause)).toEqual(['revoked', 'revoked']);
});

test.each<[string, Partial<PolicyGrant>]>([
  ['of another hub', { hub: 'other' }],
  ['of a hub that was made anew', { hubGeneration: '8' }],
  ['without ServiceConnect', { rights: 3 }],
])('a newer token %s is refused, and changes nothing', async (_, other) => {
  const { table, opener } = setUp(
    () => grant,
    () => ({ ...grant, ...other }),
  );
  const opened = await opener.open(claim, new FakeHolder());
  await expect(opener.renew([opened], claim)).rejects.toMatchObject({
    code: 'IotHubUnauthorizedAccess',
  });
  expect(opened.entry.grant).toEqual(grant);
  expect([table.accesses.judged(), table.accesses.ofHub('other')]).toEqual([[], []]);
});
