import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { Hub, HubAdministration, HubChanges, HubDefinition } from './hub.js';
import { existingHub, noChanges } from './hubs.fake.js';
import { putHub } from './put-hub.js';

const existing: Hub = existingHub();
const bare: HubDefinition = {
  name: 'factory',
  subscriptionId: 'sub',
  resourceGroup: 'group',
  location: undefined,
  hostNames: [],
  partitionCount: undefined,
  retentionDays: undefined,
  changes: noChanges,
};

interface FakeAdministration extends Pick<HubAdministration, 'create' | 'get' | 'update'> {
  /** What it was asked to do. */
  readonly asked: unknown[][];
}

/** Has this one hub or none. */
function administrationOf(hub: Hub | undefined, isNew = true): FakeAdministration {
  const asked: unknown[][] = [];
  return {
    asked,
    get: () =>
      hub === undefined
        ? Promise.reject(new HubError('GenericNotFound', 'none'))
        : Promise.resolve(hub),
    create: (definition) => {
      asked.push(['create', definition]);
      return Promise.resolve({ hub: existing, isNew });
    },
    update: (definition, ifMatch) => {
      asked.push(['update', definition, ifMatch]);
      return Promise.resolve(existing);
    },
  };
}

test.each([undefined, '*', 'MQ=='])(
  'an existing hub is changed, with the tag %s',
  async (ifMatch) => {
    const administration = administrationOf(existing);

    const { isNew } = await putHub(administration, {
      definition: bare,
      ifMatch,
      ownsDeployment: true,
    });

    expect(isNew).toBe(false);
    expect(administration.asked).toEqual([['update', bare, ifMatch]]);
  },
);

test('a new hub is created as it is described', async () => {
  const administration = administrationOf(undefined);
  const definition = { ...bare, location: 'local' };

  await expect(
    putHub(administration, { definition, ifMatch: undefined, ownsDeployment: true }),
  ).resolves.toMatchObject({
    isNew: true,
  });
  expect(administration.asked).toEqual([['create', definition]]);
});

test('of two that create it at once the later one changes it', async () => {
  const administration = administrationOf(undefined, false);
  const definition = { ...bare, location: 'local' };

  await expect(
    putHub(administration, { definition, ifMatch: undefined, ownsDeployment: true }),
  ).resolves.toMatchObject({
    isNew: false,
  });
  expect(administration.asked).toEqual([
    ['create', definition],
    ['update', definition, undefined],
  ]);
});

test('a new hub needs a location', async () => {
  await expect(
    putHub(administrationOf(undefined), {
      definition: bare,
      ifMatch: undefined,
      ownsDeployment: true,
    }),
  ).rejects.toMatchObject({ code: 'ArgumentInvalid' });
});

test.each(['*', 'MQ=='])('no hub has the tag %s when there is none', async (ifMatch) => {
  const administration = administrationOf(undefined);

  await expect(
    putHub(administration, { definition: bare, ifMatch, ownsDeployment: true }),
  ).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(administration.asked).toEqual([]);
});

test('a failure to look the hub up is not taken for its absence', async () => {
  const failure = new HubError('ServiceUnavailable', 'away');
  const administration = { ...administrationOf(undefined), get: () => Promise.reject(failure) };

  await expect(
    putHub(administration, { definition: bare, ifMatch: undefined, ownsDeployment: true }),
  ).rejects.toBe(failure);
});

describe('who owns one hub alone', () => {
  const owned = existingHub({
    settings: { ...existingHub().settings, limits: { sku: 'S2', units: 3, unlimited: false } },
  });

  function putAsOwner(
    administration: FakeAdministration,
    changes: Partial<HubChanges>,
    ifMatch?: string,
  ): ReturnType<typeof putHub> {
    const definition = { ...bare, changes: { ...noChanges, ...changes } };
    return putHub(administration, { definition, ifMatch, ownsDeployment: false });
  }

  test.each<Partial<HubChanges>>([
    {},
    { sku: 'S2' },
    { units: 3 },
    { unlimited: false },
    { sku: 'S2', units: 3, unlimited: false },
  ])('changes it and names %j as it is, which is not written', async (limits) => {
    const administration = administrationOf(owned);
    const others = { tags: { a: '1' }, disableLocalAuth: true };

    await putAsOwner(administration, { ...limits, ...others }, 'MQ==');

    const written = { ...bare, changes: { ...noChanges, ...others } };
    expect(administration.asked).toEqual([['update', written, 'MQ==']]);
  });

  test.each<[string, Partial<HubChanges>]>([
    ['sku.name', { sku: 'S3' }],
    ['sku.name', { sku: 'F1', units: 3 }],
    ['sku.capacity', { units: 4 }],
    ['sku.capacity', { units: 1 }],
    ['properties.limits', { unlimited: true }],
    ['sku.name, sku.capacity, properties.limits', { sku: 'S1', units: 1, unlimited: true }],
  ])('does not change %s, nor anything beside it: %j', async (members, changes) => {
    const administration = administrationOf(owned);

    await expect(putAsOwner(administration, { tags: {}, ...changes })).rejects.toMatchObject({
      code: 'GenericForbidden',
      message: `The role owner of one hub does not allow changing ${members}: that takes the role owner of all hubs.`,
    });
    expect(administration.asked).toEqual([]);
  });

  test('does not hold it to limits, either', async () => {
    const limits = { ...owned.settings.limits, unlimited: true };
    const unlimited = { ...owned, settings: { ...owned.settings, limits } };

    await expect(
      putAsOwner(administrationOf(unlimited), { unlimited: false }),
    ).rejects.toMatchObject({ code: 'GenericForbidden' });
  });

  test.each([undefined, '*', 'MQ=='])('does not create it, with the tag %s', async (ifMatch) => {
    const administration = administrationOf(undefined);

    await expect(putAsOwner(administration, {}, ifMatch)).rejects.toMatchObject({
      code: 'GenericForbidden',
      message: expect.stringContaining('creating a hub'),
    });
    expect(administration.asked).toEqual([]);
  });

  test('does not create one that is deleted meanwhile', async () => {
    const gone = new HubError('GenericNotFound', 'none');
    const administration = {
      ...administrationOf(owned),
      update: () => Promise.reject(gone),
    };

    await expect(putAsOwner(administration, {})).rejects.toBe(gone);
    expect(administration.asked).toEqual([]);
  });
});
