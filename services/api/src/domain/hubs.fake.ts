/** Hubs for tests, and changes of none of their settings. */
import { HubError } from '@linchpin/wire';
import type { Hub, HubAdministration, HubChanges } from './hub.js';

export const noChanges: HubChanges = {
  tags: undefined,
  sku: undefined,
  units: undefined,
  unlimited: undefined,
  disableLocalAuth: undefined,
  disableDeviceSas: undefined,
  disableModuleSas: undefined,
  ipFilterRules: undefined,
  minTlsVersion: undefined,
  keptProperties: {},
  policies: undefined,
};

export function existingHub(members: Partial<Hub> = {}): Hub {
  return {
    name: 'Factory',
    hubGeneration: '7',
    subscriptionId: 'Sub',
    resourceGroup: 'Group',
    location: 'Local',
    hostNames: ['factory.example'],
    partitionCount: 8,
    retentionDays: 3,
    telemetryTopic: 'linchpin.events.factory',
    state: 'active',
    etag: 'MQ==',
    settings: {
      tags: {},
      limits: { sku: 'S1', units: 1, unlimited: false },
      disableLocalAuth: false,
      disableDeviceSas: false,
      disableModuleSas: false,
      ipFilterRules: [],
      minTlsVersion: undefined,
      keptProperties: {},
    },
    ...members,
  };
}

/** Has these hubs, which stand in the order of their names, and lists a few at a time. */
export function administrationOf(hubs: readonly Hub[]): Pick<HubAdministration, 'get' | 'list'> {
  return {
    get: async (name) => {
      const hub = hubs.find((each) => each.name.toLowerCase() === name.toLowerCase());
      return hub ?? Promise.reject(new HubError('GenericNotFound', 'none'));
    },
    list: (after = '') => {
      const behind = hubs.filter(({ name }) => name > after);
      const page = behind.slice(0, 40);
      const next = page.length < behind.length ? page.at(-1)?.name : undefined;
      return Promise.resolve({ hubs: page, next });
    },
  };
}
