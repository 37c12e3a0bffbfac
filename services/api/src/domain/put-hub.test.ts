import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { Hub, HubAdministration, HubDefinition } from './hub.js';
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

    const { isNew } = await putHub(administration, { definition: bare, ifMatch });

    expect(isNew).toBe(false);
    expect(administration.asked).toEqual([['update', bare, ifMatch]]);
  },
);

test('a new hub is created as it is described', async () => {
  const administration = administrationOf(undefined);
  const definition = { ...bare, location: 'local' };

  await expect(putHub(administration, { definition, ifMatch: undefined })).resolves.toMatchObject({
    isNew: true,
  });
  expect(administration.asked).toEqual([['create', definition]]);
});

test('of two that create it at once the later one changes it', async () => {
  const administration = administrationOf(undefined, false);
  const definition = { ...bare, location: 'local' };

  await expect(putHub(administration, { definition, ifMatch: undefined })).resolves.toMatchObject({
    isNew: false,
  });
  expect(administration.asked).toEqual([
    ['create', definition],
    ['update', definition, undefined],
  ]);
});

test('a new hub needs a location', async () => {
  await expect(
    putHub(administrationOf(undefined), { definition: bare, ifMatch: undefined }),
  ).rejects.toMatchObject({ code: 'ArgumentInvalid' });
});

test.each(['*', 'MQ=='])('no hub has the tag %s when there is none', async (ifMatch) => {
  const administration = administrationOf(undefined);

  await expect(putHub(administration, { definition: bare, ifMatch })).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(administration.asked).toEqual([]);
});

test('a failure to look the hub up is not taken for its absence', async () => {
  const failure = new HubError('ServiceUnavailable', 'away');
  const administration = { ...administrationOf(undefined), get: () => Promise.reject(failure) };

  await expect(putHub(administration, { definition: bare, ifMatch: undefined })).rejects.toBe(
    failure,
  );
});
