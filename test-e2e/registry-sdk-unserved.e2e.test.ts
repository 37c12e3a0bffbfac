/** The methods of the unmodified `azure-iothub` `Registry` for what this hub does not serve yet. */
import { expect, test } from '@jest/globals';
import { Registry, type Configuration } from 'azure-iothub';
import { hub } from './support/hub.js';

const registry = Registry.fromConnectionString(hub.connectionString);
const configuration = { id: 'nope', schemaVersion: '1.0', content: {} } as Configuration;

test.each<[string, () => Promise<unknown>]>([
  ['addConfiguration', () => registry.addConfiguration(configuration)],
  ['getConfiguration', () => registry.getConfiguration('nope')],
  ['getConfigurations', () => registry.getConfigurations()],
  ['updateConfiguration', () => registry.updateConfiguration(configuration, true)],
  ['removeConfiguration', () => registry.removeConfiguration('nope')],
  [
    'applyConfigurationContentOnDevice',
    () => registry.applyConfigurationContentOnDevice('nope', { modulesContent: {} }),
  ],
])('%s, which is not served yet, fails with a body that says so', async (_, call) => {
  // The SDK itself only says "Not found" of any 404 but DeviceNotFound.
  await expect(call()).rejects.toMatchObject({
    message: 'Not found',
    responseBody: expect.stringMatching(
      /(FeatureNotSupported|404013).* not served by this hub yet/,
    ),
  });
});
