import { expect, describe, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeClaim, fakeGrant } from './authenticator.fake.js';
import { cutOff } from './cut-off.js';
import { FakeConnection } from './device-connection.fake.js';
import { openerWithFakes } from './open-session.fake.js';

const claim = fakeClaim('d1');

describe('a newer credential of a client that is in', () => {
  test('holds from now on', async () => {
    const { opener, table, authenticator } = openerWithFakes();
    const opened = await opener.open(claim, new FakeConnection('c1'));
    const expiresAt = new Date('2030-01-01');
    authenticator.grant = { ...fakeGrant, expiresAt };
    expect(await opener.renew(opened, claim)).toMatchObject({ expiresAt });
    expect(table.find('c1')?.grant?.expiresAt).toEqual(expiresAt);
  });

  test.each([
    ['of another hub', { hub: 'other' }],
    ['of a hub that was made anew', { hubGeneration: '8' }],
    ['of a device that was made anew', { generationId: '638900000000000002' }],
  ])('%s is refused, and changes nothing', async (_, other) => {
    const { opener, table, authenticator } = openerWithFakes();
    const opened = await opener.open(claim, new FakeConnection('c1'));
    authenticator.grant = { ...fakeGrant, ...other };
    await expect(opener.renew(opened, claim)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
    expect(table.accesses.ofHub('other')).toEqual([]);
    expect(table.find('c1')?.grant).toEqual(fakeGrant);

    await opener.close(opened, 'client-disconnect');
    expect(table.accesses.ofHub('h')).toEqual([]);
  });

  test('that is revoked while it is judged is judged again', async () => {
    const { opener, table, authenticator } = openerWithFakes();
    const connection = new FakeConnection('c1');
    const opened = await opener.open(claim, connection);
    authenticator.grant = { ...fakeGrant, credentialIds: ['device/secondary'] };
    authenticator.onClaim = () => {
      authenticator.onClaim = () => {
        throw new HubError('IotHubUnauthorized', 'The key is another.');
      };
      void cutOff(table, {
        ...{ kind: 'identityUpdated', hub: 'h', deviceId: 'd1', moduleId: undefined },
        ...{ generationId: fakeGrant.generationId, enabled: true },
        revokedCredentialIds: ['device/secondary'],
      });
    };
    await expect(opener.renew(opened, claim)).rejects.toMatchObject({ code: 'IotHubUnauthorized' });
    expect(table.find('c1')?.grant).toEqual(fakeGrant);
    expect(connection.isEnded).toBe(false);
  });

  test('of a client that goes meanwhile leaves nothing behind', async () => {
    const { opener, table, authenticator } = openerWithFakes();
    const connection = new FakeConnection('c1');
    const opened = await opener.open(claim, connection);
    authenticator.onClaim = async () => {
      void connection.end('connection-lost');
      await opener.close(opened, 'connection-lost');
    };
    await opener.renew(opened, claim);
    expect([table.size, table.accesses.ofHub('h')]).toEqual([0, []]);
  });
});
