import { beforeEach, expect, test } from '@jest/globals';
import { ConsumerGroups } from './consumer-groups.js';
import { hubDefinition } from './samples.fake.js';
import { inMemoryStores } from './stores.fake.js';

let groups: ConsumerGroups;

beforeEach(async () => {
  const stores = inMemoryStores();
  await stores.hubs.insert(hubDefinition('hub1'), []);
  groups = new ConsumerGroups(stores.consumerGroups);
});

test('a hub has $Default from the start, whoever creates it', async () => {
  expect(await groups.list('hub1')).toEqual(['$Default']);
  expect(await groups.create('hub1', '$default')).toBe('$Default');
  expect(await groups.list('hub1')).toEqual(['$Default']);
});

test('a group is made once, and found in any letter case', async () => {
  expect(await groups.create('hub1', 'Back-End')).toBe('Back-End');
  expect(await groups.create('hub1', 'back-end')).toBe('Back-End');
  expect(await groups.get('hub1', 'BACK-END')).toBe('Back-End');
  expect(await groups.list('hub1')).toEqual(['$Default', 'Back-End']);
});

test('a 21st group is refused', async () => {
  for (let index = 1; index < 20; index++) {
    await groups.create('hub1', `g${index}`);
  }
  await expect(groups.create('hub1', 'g20')).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  expect(await groups.create('hub1', 'g1')).toBe('g1');
  expect(await groups.list('hub1')).toHaveLength(20);
});

test('a name of 51 characters is refused', async () => {
  const create = groups.create('hub1', 'g'.repeat(51));
  await expect(create).rejects.toMatchObject({ code: 'ArgumentInvalid' });
});

test('a group that is deleted is gone; $Default stays', async () => {
  await groups.create('hub1', 'mine');
  await groups.delete('hub1', 'Mine');
  await expect(groups.get('hub1', 'mine')).rejects.toMatchObject({ code: 'GenericNotFound' });
  await expect(groups.delete('hub1', 'mine')).rejects.toMatchObject({ code: 'GenericNotFound' });
  await expect(groups.delete('hub1', 'a\0b')).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  await expect(groups.delete('hub1', '$DEFAULT')).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });
});
