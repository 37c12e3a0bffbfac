/** A hub for tests, and changes of none of its settings. */
import type { Hub, HubChanges } from './hub.js';

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
