import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { existingHub } from './hubs.fake.js';
import { checkNameAvailability } from './name-availability.js';

const nobody = { get: () => Promise.reject(new HubError('GenericNotFound', 'none')) };
const somebody = { get: () => Promise.resolve(existingHub()) };

test('a name that nobody has is available', async () => {
  expect(await checkNameAvailability(nobody, 'factory')).toEqual({ nameAvailable: true });
});

test('a name that a hub has is taken, whoever asks', async () => {
  expect(await checkNameAvailability(somebody, 'FACTORY')).toMatchObject({
    nameAvailable: false,
    reason: 'AlreadyExists',
  });
});

test.each(['', 'ab', '-hub', 'hub_1', '123', 'h'.repeat(51)])('%j is no name', async (name) => {
  expect(await checkNameAvailability(nobody, name)).toMatchObject({
    nameAvailable: false,
    reason: 'Invalid',
    message: expect.stringContaining('3 to 50'),
  });
});

test('whether a name is taken is not guessed', async () => {
  const away = { get: () => Promise.reject(new HubError('ServiceUnavailable', 'away')) };
  await expect(checkNameAvailability(away, 'factory')).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
});
