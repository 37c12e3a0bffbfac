/**
 * security-limits.md sections 1, 4 and 6: each change ends the connections that lose their right by it,
 * on every gateway, and no other. `LINCHPIN_REVOCATION_PER_GROUP=67 npm test -- e2e revocation` does it
 * with 1,005 connections; it prints how long each outlived the change.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { refused } from './support/connack.js';
import { answerTo } from './support/device-client.js';
import { inParallel } from './support/in-parallel.js';
import { printFigures } from './support/print-figures.js';
import { deleteDevice, updateDevice } from './support/registry.js';
import {
  byAuthority,
  byModuleKey,
  byPolicy,
  byPrimaryKey,
  bySecondaryKey,
  byThumbprint,
  from,
} from './support/revocation/credential-kinds.js';
import { Fleet, type FleetMember } from './support/revocation/fleet.js';
import { RevocationHub } from './support/revocation/revocation-hub.js';

const perGroup = Number(process.env['LINCHPIN_REVOCATION_PER_GROUP'] ?? 4);
jest.setTimeout(60_000 + perGroup * 5_000);

const rejectedAddress = '127.0.0.77';

const kinds = {
  disabled: byPrimaryKey,
  deleted: byPrimaryKey,
  replacedKey: byPrimaryKey,
  otherKey: bySecondaryKey,
  swappedKeys: byPrimaryKey,
  replacedThumbprint: byThumbprint,
  movedThumbprint: byThumbprint,
  policyPrimary: byPolicy('rotated', 'primaryKey'),
  policySecondary: byPolicy('rotated', 'secondaryKey'),
  lastingPolicy: byPolicy('lasting', 'primaryKey'),
  removedAuthority: byAuthority('removed'),
  lastingAuthority: byAuthority('lasting'),
  rejectedAddress: from(rejectedAddress, byThumbprint),
  moduleKey: byModuleKey,
  lastingThumbprint: byThumbprint,
} as const;
type Group = keyof typeof kinds;

let hub: RevocationHub;
let fleet: Fleet<Group>;
/** Groups that nothing has ended so far: one that ends late, of an earlier change, is missed later. */
let standing = Object.keys(kinds) as Group[];

beforeAll(async () => {
  hub = await RevocationHub.create();
  fleet = await Fleet.open(hub, kinds, perGroup);
});

afterAll(() => {
  fleet.destroy();
});

/** Changes each device of the group; of each, when that was answered. */
async function each(
  group: Group,
  change: (deviceId: string, member: FleetMember<Group>) => Promise<void>,
): Promise<ReadonlyMap<unknown, number>> {
  const members = fleet.of([group]);
  const moments = await inParallel(members, 8, async (member) => {
    await change(member.entrant.identity.deviceId, member);
    return performance.now();
  });
  return new Map(members.map((member, index) => [member, moments[index] ?? NaN]));
}

async function once(change: Promise<void>): Promise<number> {
  await change;
  return performance.now();
}

const newKey = Buffer.alloc(32, 7).toString('base64');
const sas = (primaryKey: string, secondaryKey: string): object => ({
  authentication: { type: 'sas', symmetricKey: { primaryKey, secondaryKey } },
});
const x509 = (x509Thumbprint: object): object => ({
  authentication: { type: 'selfSigned', x509Thumbprint },
});
const update = (deviceId: string, fields: object): Promise<void> =>
  updateDevice(deviceId, fields, hub.access);

type Revocation = () => Promise<number | ReadonlyMap<unknown, number>>;

test.each<[string, Revocation, readonly Group[]]>([
  [
    'devices that are disabled',
    () => each('disabled', (id) => update(id, { status: 'disabled' })),
    ['disabled'],
  ],
  [
    'devices that are deleted',
    () => each('deleted', (id) => deleteDevice(id, hub.access)),
    ['deleted'],
  ],
  [
    'security-limits 37: keys of devices that are replaced',
    () =>
      each('replacedKey', (id, { entrant: { identity } }) =>
        update(id, sas(newKey, identity.secondaryKey)),
      ),
    ['replacedKey'],
  ],
  [
    'keys of devices that are replaced, beside those in use',
    () =>
      each('otherKey', (id, { entrant: { identity } }) =>
        update(id, sas(newKey, identity.secondaryKey)),
      ),
    [],
  ],
  [
    'keys of devices that change places',
    () =>
      each('swappedKeys', (id, { entrant: { identity } }) =>
        update(id, sas(identity.secondaryKey, identity.primaryKey)),
      ),
    [],
  ],
  [
    'thumbprints that are replaced',
    () =>
      each('replacedThumbprint', (id) => update(id, x509({ primaryThumbprint: 'AB'.repeat(20) }))),
    ['replacedThumbprint'],
  ],
  [
    'thumbprints that change places',
    () =>
      each('movedThumbprint', (id) =>
        update(
          id,
          x509({
            primaryThumbprint: 'AB'.repeat(20),
            secondaryThumbprint: hub.certificate.sha256,
          }),
        ),
      ),
    [],
  ],
  [
    'a key of a policy that is regenerated',
    () => once(hub.regeneratePrimaryKey('rotated')),
    ['policyPrimary'],
  ],
  ['a policy that is removed', () => once(hub.removePolicy('rotated')), ['policySecondary']],
  [
    'a certificate authority that is removed',
    () => once(hub.removeAuthority('removed')),
    ['removedAuthority'],
  ],
  [
    'security-limits 22: an address that the IP filter rejects',
    () =>
      once(
        hub.set({
          ipFilterRules: [{ filterName: 'no', action: 'Reject', ipMask: `${rejectedAddress}/32` }],
        }),
      ),
    ['rejectedAddress'],
  ],
  ['disableModuleSAS', () => once(hub.set({ disableModuleSAS: true })), ['moduleKey']],
  [
    'disableDeviceSAS',
    () => once(hub.set({ disableDeviceSAS: true })),
    ['otherKey', 'swappedKeys'],
  ],
  [
    'security-limits 14: disableLocalAuth',
    () => once(hub.set({ disableLocalAuth: true })),
    ['lastingPolicy'],
  ],
  [
    'the hub that is deleted',
    () => once(hub.delete()),
    ['movedThumbprint', 'lastingAuthority', 'lastingThumbprint'],
  ],
])('%s: ended on each gateway, and nobody else', async (what, revoke, groups) => {
  standing = standing.filter((group) => !groups.includes(group));

  const moments = await revoke();
  const ending = fleet.of(groups);
  await Promise.all(ending.map(({ client }) => client.closed));
  await fleet.prove();

  expect(fleet.open).toEqual(Object.fromEntries(standing.map((group) => [group, perGroup])));
  for (const { entrant, gateway } of firstOfEach(ending)) {
    expect(await answerTo(entrant.fields, { ...entrant.socket, gateway })).toBe(refused);
  }
  const outlived = ending.map((member) =>
    member.outlived(typeof moments === 'number' ? moments : (moments.get(member) ?? NaN)),
  );
  if (ending.length > 0) {
    report(what, outlived);
  }
  expect(Math.max(0, ...outlived)).toBeLessThan(3_000);
});

/** One of each group. */
function firstOfEach(members: readonly FleetMember<Group>[]): readonly FleetMember<Group>[] {
  return [...new Map(members.map((member) => [member.group, member])).values()];
}

function report(what: string, outlived: readonly number[]): void {
  const sorted = [...outlived].sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  printFigures(what, {
    open: Object.values(fleet.open).reduce((sum, count) => sum + count, 0),
    ended: sorted.length,
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'max ms': at(1),
  });
}
