import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import type { Hub, HubAdministration, HubDefinition } from './hub.js';
import { putHub } from './put-hub.js';

const existing: Hub = {
  name: 'Factory',
  subscriptionId: 'Sub',
  resourceGroup: 'Group',
  location: 'Local',
  hostNames: ['factory.example'],
  partitionCount: 8,
  retentionDays: 3,
  telemetryTopic: 'linchpin.events.factory',
  state: 'active',
  etag: 'MQ==',
};
const bare: HubDefinition = {
  name: 'factory',
  subscriptionId: 'sub',
  resourceGroup: 'group',
  location: undefined,
  hostNames: [],
  partitionCount: undefined,
  retentionDays: undefined,
};

/** Has this one hub or none, and remembers what it was asked to create. */
function administrationOf(hub: Hub | undefined): HubAdministration & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    get: () =>
      hub === undefined
        ? Promise.reject(new HubError('GenericNotFound', 'none'))
        : Promise.resolve(hub),
    create: (definition) => {
      asked.push(definition);
      return Promise.resolve({ hub: existing, isNew: hub === undefined });
    },
    list: () => Promise.resolve([]),
    delete: () => Promise.resolve(),
    listPolicies: () => Promise.resolve([]),
  };
}

test('what a repeated PUT leaves out, or spells in another letter case, is as it was', async () => {
  const administration = administrationOf(existing);

  await putHub(administration, { definition: { ...bare, location: 'LOCAL' }, ifMatch: undefined });

  expect(administration.asked).toEqual([
    {
      name: 'Factory',
      subscriptionId: 'Sub',
      resourceGroup: 'Group',
      location: 'Local',
      hostNames: ['factory.example'],
      partitionCount: 8,
      retentionDays: 3,
    },
  ]);
});

test('what it changes is asked for, so that whoever keeps the hub can refuse it', async () => {
  const administration = administrationOf(existing);
  const changes = {
    resourceGroup: 'other',
    location: 'elsewhere',
    hostNames: ['new.example'],
    partitionCount: 4,
    retentionDays: 7,
  };

  await putHub(administration, { definition: { ...bare, ...changes }, ifMatch: undefined });

  expect(administration.asked).toEqual([expect.objectContaining(changes)]);
});

test('a new hub is created as it is described', async () => {
  const administration = administrationOf(undefined);
  const definition = { ...bare, location: 'local' };

  await expect(putHub(administration, { definition, ifMatch: undefined })).resolves.toMatchObject({
    isNew: true,
  });
  expect(administration.asked).toEqual([definition]);
});

test('a new hub needs a location', async () => {
  await expect(
    putHub(administrationOf(undefined), { definition: bare, ifMatch: undefined }),
  ).rejects.toMatchObject({ code: 'ArgumentInvalid' });
});

test.each([
  ['another tag', existing, 'Mg=='],
  ['a tag of no hub', undefined, 'MQ=='],
  ['any tag of no hub', undefined, '*'],
])('an expectation of %s is not met', async (_, hub, ifMatch) => {
  const administration = administrationOf(hub);

  await expect(putHub(administration, { definition: bare, ifMatch })).rejects.toMatchObject({
    code: 'PreconditionFailed',
  });
  expect(administration.asked).toEqual([]);
});

test.each(['*', 'MQ=='])('the expectation %s of a hub that is there is met', async (ifMatch) => {
  const administration = administrationOf(existing);

  await putHub(administration, { definition: bare, ifMatch });

  expect(administration.asked).toHaveLength(1);
});

test('a failure to look the hub up is not taken for its absence', async () => {
  const failure = new HubError('ServiceUnavailable', 'away');
  const administration = { ...administrationOf(undefined), get: () => Promise.reject(failure) };

  await expect(putHub(administration, { definition: bare, ifMatch: undefined })).rejects.toBe(
    failure,
  );
});
