import { describe, expect, test } from '@jest/globals';
import { fakeGrant } from './authenticator.fake.js';
import { ConnectionTable } from './connection-table.js';
import { cutOff, type RegistryChange } from './cut-off.js';
import { FakeConnection } from './device-connection.fake.js';

const connections = {
  d1: { hub: 'h', deviceId: 'd1', credentialIds: ['device/primary'] },
  'd1 by secondary': {
    hub: 'h',
    deviceId: 'd1',
    credentialIds: ['device-sas', 'device/secondary'],
  },
  'd1 by policy': { hub: 'h', deviceId: 'd1', credentialIds: ['policy/device/primary'] },
  'd1, older': { hub: 'h', deviceId: 'd1', generationId: '638900000000000000' },
  'd1/m1': { hub: 'h', deviceId: 'd1', moduleId: 'm1', credentialIds: ['module/primary'] },
  'd1/m2': { hub: 'h', deviceId: 'd1', moduleId: 'm2', credentialIds: ['module/primary'] },
  d2: { hub: 'h', deviceId: 'd2' },
  D1: { hub: 'h', deviceId: 'D1' },
  'd1 of another hub': { hub: 'other', deviceId: 'd1' },
} as const;
type Name = keyof typeof connections;

const all = Object.keys(connections) as Name[];
const ofDevice = all.filter((name) => name.startsWith('d1') && name !== 'd1 of another hub');
const d1 = { hub: 'h', deviceId: 'd1', moduleId: undefined };
const { generationId } = fakeGrant;

function updated(fields: Partial<Extract<RegistryChange, { kind: 'identity-updated' }>>) {
  return {
    kind: 'identity-updated',
    ...d1,
    isEnabled: true,
    revokedCredentialIds: [],
    ...fields,
  } as const;
}

function hubUpdated(fields: Partial<Extract<RegistryChange, { kind: 'hub-updated' }>>) {
  return {
    kind: 'hub-updated',
    hub: 'h',
    revokedCredentialIds: [],
    limits: fakeGrant.limits,
    ipFilterRules: [],
    ...fields,
  } as const;
}

interface Fields {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly credentialIds?: readonly string[];
  readonly generationId?: string;
}

function openAll(): { table: ConnectionTable; open: [Name, FakeConnection][] } {
  const table = new ConnectionTable();
  const open = Object.entries<Fields>(connections).map(([name, fields]) => {
    const { hub, deviceId, moduleId, ...rest } = fields;
    const connection = new FakeConnection(name);
    const identity = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
    table.add(connection, identity).establish({ ...fakeGrant, hub, ...rest });
    return [name as Name, connection] as [Name, FakeConnection];
  });
  return { table, open };
}

test.each<[string, RegistryChange, readonly Name[]]>([
  ['an update that changes no right', updated({}), []],
  ['a device disabled, its modules with it', updated({ isEnabled: false }), ofDevice],
  ['a module disabled', updated({ moduleId: 'm1', isEnabled: false }), ['d1/m1']],
  ['a key regenerated', updated({ revokedCredentialIds: ['device/primary'] }), ['d1', 'd1, older']],
  [
    'both keys regenerated',
    updated({ revokedCredentialIds: ['device/primary', 'device/secondary'] }),
    ['d1', 'd1 by secondary', 'd1, older'],
  ],
  [
    "a module's key regenerated",
    updated({ moduleId: 'm2', revokedCredentialIds: ['module/primary'] }),
    ['d1/m2'],
  ],
  [
    'a device deleted, its modules with it, and not one that was created since',
    { kind: 'identity-deleted', ...d1, generationId },
    ofDevice.filter((name) => name !== 'd1, older'),
  ],
  [
    'a module deleted',
    { kind: 'identity-deleted', ...d1, moduleId: 'm1', generationId },
    ['d1/m1'],
  ],
  [
    'a device that is not here',
    { kind: 'identity-deleted', ...d1, deviceId: 'x', generationId },
    [],
  ],
  [
    'a policy that loses a key',
    hubUpdated({ revokedCredentialIds: ['policy/device/primary'] }),
    ['d1 by policy'],
  ],
  [
    'what the keys of all devices rest on',
    hubUpdated({ revokedCredentialIds: ['device-sas'] }),
    ['d1 by secondary'],
  ],
  ['other settings of a hub', hubUpdated({}), []],
  ['a hub deleted', { kind: 'hub-deleted', hub: 'h' }, all.filter((name) => !name.includes('hub'))],
])('device-mqtt 19: %s', (_, change, expected) => {
  const { table, open } = openAll();
  cutOff(table, change);
  const ended = open.filter(([, { cause }]) => cause === 'revoked').map(([name]) => name);
  expect(ended).toEqual(expected);
});

describe('a connection that is being judged', () => {
  test.each<[string, RegistryChange, boolean]>([
    ['its device changed', updated({}), false],
    ['its hub changed', hubUpdated({}), false],
    ['its hub was deleted', { kind: 'hub-deleted', hub: 'h' }, false],
    ['another device changed', updated({ deviceId: 'd2' }), true],
  ])('%s', (_, change, isEstablished) => {
    const table = new ConnectionTable();
    const connection = new FakeConnection('c');
    const entry = table.add(connection, { deviceId: 'd1' });
    entry.beginJudgement();
    cutOff(table, change);
    expect(entry.establish(fakeGrant)).toBe(isEstablished);
    expect(connection.isEnded).toBe(false);
    entry.beginJudgement();
    expect(entry.establish(fakeGrant)).toBe(true);
  });
});
