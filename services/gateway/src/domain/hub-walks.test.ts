import { expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { ConnectionTable } from './connection-table.js';
import { FakeConnection } from './device-connection.fake.js';
import { hubUpdated } from './ending-change.fake.js';
import { HubWalks } from './hub-walks.js';

/** More than are judged in one turn. */
const count = 5_000;

function openMany() {
  const table = new ConnectionTable();
  let judgements = 0;
  const open = Array.from({ length: count }, (_, index) => {
    const connection = new FakeConnection(`c${index}`, '198.51.100.7');
    const { client } = connection;
    Object.defineProperty(connection, 'client', {
      get: () => {
        judgements += 1;
        return client;
      },
    });
    const credentialIds = [`policy/${index % 5}`];
    table.add(connection, { deviceId: `d${index}` }).establish({ ...fakeGrant, credentialIds });
    return connection;
  });
  const ended = () => open.filter(({ isEnded }) => isEnded).length;
  return { table, walks: new HubWalks(table), ended, judgements: () => judgements };
}

test('however often a hub changes while it is walked, one more walk finds all that was revoked', async () => {
  const { walks, ended, judgements } = openMany();
  const changes = [undefined, 'policy/1', undefined, 'policy/3', undefined, undefined];
  await Promise.all(
    changes.map((id) =>
      walks.cutOff(hubUpdated({ revokedCredentialIds: id === undefined ? [] : [id] })),
    ),
  );
  expect(ended()).toBe((2 * count) / 5);
  expect(judgements()).toBeLessThanOrEqual(2 * count);

  await walks.cutOff(hubUpdated({ revokedCredentialIds: ['policy/4'] }));
  expect(ended()).toBe((3 * count) / 5);
});

test('the next walk is by the IP rules that hold then, and of another generation is another walk', async () => {
  const { walks, ended } = openMany();
  const rejecting = [{ filterName: 'r', action: 'Reject', ipMask: '198.51.100.0/24' }] as const;
  await Promise.all([
    walks.cutOff(hubUpdated()),
    walks.cutOff(hubUpdated({ ipFilterRules: rejecting })),
    walks.cutOff(hubUpdated()),
    walks.cutOff(hubUpdated({ hubGeneration: '8', ipFilterRules: rejecting })),
  ]);
  expect(ended()).toBe(0);

  await Promise.all([
    walks.cutOff(hubUpdated()),
    walks.cutOff(hubUpdated({ ipFilterRules: rejecting })),
  ]);
  expect(ended()).toBe(count);
});

test('whoever is judged while a hub is walked is judged again', async () => {
  const { table, walks } = openMany();
  const first = walks.cutOff(hubUpdated());
  const judged = table.add(new FakeConnection('judged'), { deviceId: 'judged' });
  judged.beginJudgement();
  const second = walks.cutOff(hubUpdated());
  expect(judged.establish(fakeGrant)).toBe(false);
  await Promise.all([first, second]);
});
