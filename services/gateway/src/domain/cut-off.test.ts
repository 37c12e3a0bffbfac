import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { ConnectionTable } from './connection-table.js';
import { cutOff, type EndingChange } from './cut-off.js';
import { FakeConnection } from './device-connection.fake.js';
import { hubUpdated } from './ending-change.fake.js';

const moduleGenerationId = '638900000000000007';

const connections = {
  d1: { hub: 'h', deviceId: 'd1', credentialIds: ['device-key/a', 'device-sas'] },
  'd1 by its other key': {
    hub: 'h',
    deviceId: 'd1',
    credentialIds: ['device-key/b', 'device-sas'],
  },
  'd1 by policy': { hub: 'h', deviceId: 'd1', credentialIds: ['policy/device/c', 'local-auth'] },
  'd1, older': {
    hub: 'h',
    deviceId: 'd1',
    credentialIds: ['device-key/a', 'device-sas'],
    generationId: '638900000000000000',
  },
  'd1/m1': {
    hub: 'h',
    deviceId: 'd1',
    moduleId: 'm1',
    credentialIds: ['module-key/a', 'module-sas'],
  },
  'd1/m2': {
    hub: 'h',
    deviceId: 'd1',
    moduleId: 'm2',
    credentialIds: ['module-key/a', 'module-sas'],
    generationId: moduleGenerationId,
  },
  'd1/m2, older': {
    hub: 'h',
    deviceId: 'd1',
    moduleId: 'm2',
    credentialIds: ['module-key/a', 'module-sas'],
    generationId: '638900000000000000',
  },
  d2: {
    hub: 'h',
    deviceId: 'd2',
    credentialIds: ['thumbprint/AB'],
    remoteAddress: '::ffff:198.51.100.7',
  },
  D1: { hub: 'h', deviceId: 'D1', credentialIds: ['ca/12', 'certificate-authority'] },
  'd1 of another hub': {
    hub: 'other',
    deviceId: 'd1',
    credentialIds: ['device-key/a', 'device-sas', 'local-auth'],
  },
} as const;
type Name = keyof typeof connections;

const all = Object.keys(connections) as Name[];
const ofDevice = all.filter((name) => name.startsWith('d1') && name !== 'd1 of another hub');
const d1 = { hub: 'h', deviceId: 'd1', moduleId: undefined };
const { generationId } = fakeGrant;

function updated(fields: Partial<Extract<EndingChange, { kind: 'identityUpdated' }>>) {
  return {
    kind: 'identityUpdated',
    ...d1,
    generationId,
    enabled: true,
    revokedCredentialIds: [],
    ...fields,
  } as const;
}

function deleted(fields: Partial<Extract<EndingChange, { kind: 'identityDeleted' }>>) {
  return {
    kind: 'identityDeleted',
    ...d1,
    generationId,
    moduleGenerationIds: [],
    ...fields,
  } as const;
}

interface Fields {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly credentialIds: readonly string[];
  readonly generationId?: string;
  readonly remoteAddress?: string;
}

function openAll(): { table: ConnectionTable; open: [Name, FakeConnection][] } {
  const table = new ConnectionTable();
  const open = Object.entries<Fields>(connections).map(([name, fields]) => {
    const { hub, deviceId, moduleId, remoteAddress, ...rest } = fields;
    const connection = new FakeConnection(name, remoteAddress);
    const identity = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
    table.add(connection, identity).establish({ ...fakeGrant, hub, ...rest });
    return [name as Name, connection] as [Name, FakeConnection];
  });
  return { table, open };
}

const reject = (ipMask: string) => ({ filterName: 'r', action: 'Reject', ipMask }) as const;
const accept = (ipMask: string) => ({ filterName: 'a', action: 'Accept', ipMask }) as const;

test.each<[string, EndingChange, readonly Name[]]>([
  ['an update that changes no right', updated({}), []],
  [
    'a device disabled, its modules with it',
    updated({ enabled: false }),
    ofDevice.filter((name) => name !== 'd1, older'),
  ],
  ['a module disabled', updated({ moduleId: 'm1', enabled: false }), ['d1/m1']],
  ['a key regenerated', updated({ revokedCredentialIds: ['device-key/a'] }), ['d1']],
  [
    'both keys regenerated',
    updated({ revokedCredentialIds: ['device-key/a', 'device-key/b'] }),
    ['d1', 'd1 by its other key'],
  ],
  [
    "a module's key regenerated",
    updated({
      moduleId: 'm2',
      generationId: moduleGenerationId,
      revokedCredentialIds: ['module-key/a'],
    }),
    ['d1/m2'],
  ],
  [
    'a thumbprint replaced',
    updated({ deviceId: 'd2', revokedCredentialIds: ['thumbprint/AB'] }),
    ['d2'],
  ],
  [
    'a device that leaves its certificate authority',
    updated({ deviceId: 'D1', revokedCredentialIds: ['certificate-authority'] }),
    ['D1'],
  ],
  [
    'a device deleted, its modules with it, and not one that was created since',
    deleted({ moduleGenerationIds: [generationId, moduleGenerationId] }),
    ofDevice.filter((name) => !name.endsWith('older')),
  ],
  [
    'a device deleted, and not the modules of one that was made since',
    deleted({ moduleGenerationIds: ['638900000000000000'] }),
    ['d1', 'd1 by its other key', 'd1 by policy', 'd1/m2, older'],
  ],
  ['a module deleted', deleted({ moduleId: 'm1' }), ['d1/m1']],
  [
    'a device that is not here',
    deleted({ deviceId: 'x', moduleGenerationIds: [generationId] }),
    [],
  ],
  [
    'a policy that loses a key',
    hubUpdated({ revokedCredentialIds: ['policy/device/c'] }),
    ['d1 by policy'],
  ],
  [
    'security-limits 14: tokens of policies turned off',
    hubUpdated({ revokedCredentialIds: ['local-auth'] }),
    ['d1 by policy'],
  ],
  [
    "devices' and modules' own tokens turned off",
    hubUpdated({ revokedCredentialIds: ['device-sas', 'module-sas'] }),
    ['d1', 'd1 by its other key', 'd1, older', 'd1/m1', 'd1/m2', 'd1/m2, older'],
  ],
  ['a certificate authority removed', hubUpdated({ revokedCredentialIds: ['ca/12'] }), ['D1']],
  ['other settings of a hub', hubUpdated({}), []],
  [
    'security-limits 22: an IP filter that rejects an address',
    hubUpdated({ ipFilterRules: [reject('198.51.100.0/24')] }),
    ['d2'],
  ],
  [
    'security-limits 22: an IP filter that rejects all but one network',
    hubUpdated({ ipFilterRules: [accept('198.51.100.0/24'), reject('0.0.0.0/0')] }),
    all.filter((name) => name !== 'd2' && !name.includes('hub')),
  ],
  [
    'a hub deleted',
    { kind: 'hubDeleted', hub: 'h', hubGeneration: '7' },
    all.filter((name) => !name.includes('hub')),
  ],
])('device-mqtt 19: %s', async (_, change, expected) => {
  const { table, open } = openAll();
  await cutOff(table, change);
  const ended = open.filter(([, { cause }]) => cause === 'revoked').map(([name]) => name);
  expect(ended).toEqual(expected);
});

test.each<EndingChange>([
  { kind: 'hubDeleted', hub: 'h', hubGeneration: '6' },
  hubUpdated({
    hubGeneration: '6',
    revokedCredentialIds: ['device-sas'],
    ipFilterRules: [reject('0.0.0.0/0')],
  }),
])(
  'a hub that is made again keeps its connections, whatever the former one tells: $kind',
  async (change) => {
    const { table, open } = openAll();
    await cutOff(table, change);
    expect(open.filter(([, { isEnded }]) => isEnded)).toEqual([]);
  },
);

describe('a connection that is being judged', () => {
  test.each<[string, EndingChange, boolean]>([
    ['its device changed', updated({}), false],
    ['its hub changed', hubUpdated({}), false],
    ['its hub was deleted', { kind: 'hubDeleted', hub: 'h', hubGeneration: '7' }, false],
    ['another device changed', updated({ deviceId: 'd2' }), true],
    ['a device of its id changed in another hub', updated({ hub: 'other' }), true],
    ['another hub changed', hubUpdated({ hub: 'other', hubGeneration: '7' }), true],
    ['another hub was deleted', { kind: 'hubDeleted', hub: 'other', hubGeneration: '7' }, true],
  ])('%s', (_, change, isEstablished) => {
    const table = new ConnectionTable();
    const connection = new FakeConnection('c');
    const entry = table.add(connection, { deviceId: 'd1' });
    entry.beginJudgement();
    void cutOff(table, change);
    expect(entry.establish(fakeGrant)).toBe(isEstablished);
    expect(connection.isEnded).toBe(false);
    entry.beginJudgement();
    expect(entry.establish(fakeGrant)).toBe(true);
  });
});

describe('a hub with many connections', () => {
  const count = 20_000;

  function openMany(credentialIds: readonly string[]) {
    const table = new ConnectionTable();
    const open = Array.from({ length: count }, (_, index) => {
      const connection = new FakeConnection(`c${index}`);
      const entry = table.add(connection, { deviceId: `d${index}` });
      entry.establish({ ...fakeGrant, credentialIds });
      return connection;
    });
    const ended = (): number => open.filter(({ isEnded }) => isEnded).length;
    return { table, ended };
  }

  test('loses them a few at a time, and others get their turn between', async () => {
    const { table, ended } = openMany(['policy/device/c', 'local-auth']);
    const done = cutOff(table, hubUpdated({ revokedCredentialIds: ['local-auth'] }));
    const atOnce = ended();
    expect(atOnce).toBeGreaterThan(0);
    expect(atOnce).toBeLessThan(count / 100);
    await nextTurn();
    expect(ended()).toBeLessThan(count / 10);
    await done;
    expect(ended()).toBe(count);
  });

  test('those being judged are marked at once, and those that come meanwhile go on', async () => {
    const { table } = openMany(['local-auth']);
    const judged = table.add(new FakeConnection('judged'), { deviceId: 'judged' });
    judged.beginJudgement();
    const done = cutOff(table, hubUpdated({ revokedCredentialIds: ['local-auth'] }));
    expect(judged.establish(fakeGrant)).toBe(false);

    const late = new FakeConnection('late');
    table
      .add(late, { deviceId: 'late' })
      .establish({ ...fakeGrant, credentialIds: ['local-auth'] });
    await done;
    expect(late.isEnded).toBe(false);
  });
});
