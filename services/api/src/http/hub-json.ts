/** The JSON of a hub as Azure Resource Manager has it (service-rest.md section 14.2). */
import { formatRights } from '@linchpin/auth';
import { skuNames, unitsMax, type HubState, type SkuName } from '@linchpin/wire';
import type { EntityJson } from '@linchpin/wire/json';
import type { Hub, HubSettings, ResourceGroup, SharedAccessPolicy } from '../domain/hub.js';

export interface HubJsonOptions {
  /** Told of every hub in the place of its own address, at which Event Hubs' clients read. */
  readonly eventsEndpoint: string | undefined;
}

/** Without policies: keys are told to whoever asks for keys. */
export function formatHub(hub: Hub, { eventsEndpoint }: HubJsonOptions): EntityJson {
  const { name, location, hostNames, partitionCount, state, settings } = hub;
  const [hostName = ''] = hostNames;
  return {
    id: formatResourceId(hub),
    name,
    type: 'Microsoft.Devices/IotHubs',
    location,
    tags: settings.tags,
    etag: hub.etag,
    properties: {
      state: states[state].state,
      provisioningState: states[state].provisioningState,
      hostName,
      hostNames,
      ...formatAccess(settings),
      eventHubEndpoints: {
        events: {
          retentionTimeInDays: hub.retentionDays,
          partitionCount,
          partitionIds: Array.from({ length: partitionCount }, (_, index) => String(index)),
          path: hub.telemetryTopic,
          endpoint: eventsEndpoint ?? `sb://${hostName}/`,
        },
      },
      ...settings.keptProperties,
      locations: [{ location, role: 'primary' }],
    },
    sku: { ...formatSku(settings.limits.sku), capacity: settings.limits.units },
  };
}

/** Azure's name of the hub as a resource. */
export function formatResourceId(hub: ResourceGroup & { readonly name: string }): string {
  const { subscriptionId, resourceGroup, name } = hub;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  return `${group}/providers/Microsoft.Devices/IotHubs/${name}`;
}

export function formatPolicy({
  name,
  rights,
  primaryKey,
  secondaryKey,
}: SharedAccessPolicy): object {
  return { keyName: name, primaryKey, secondaryKey, rights: formatRights(rights) };
}

/** Every tier that a hub may change to, with its sizes. */
export function formatSkus(): object[] {
  return skuNames.map((name) => ({
    resourceType: 'Microsoft.Devices/IotHubs',
    sku: formatSku(name),
    capacity: {
      minimum: 1,
      maximum: unitsMax[name],
      default: 1,
      scaleType: unitsMax[name] > 1 ? 'Manual' : 'None',
    },
  }));
}

function formatAccess(settings: HubSettings): object {
  const { limits, ipFilterRules, minTlsVersion } = settings;
  return {
    limits: limits.unlimited ? 'unlimited' : 'tier',
    disableLocalAuth: settings.disableLocalAuth,
    disableDeviceSAS: settings.disableDeviceSas,
    disableModuleSAS: settings.disableModuleSas,
    publicNetworkAccess: 'Enabled',
    ipFilterRules,
    ...(minTlsVersion !== undefined && { minTlsVersion }),
  };
}

function formatSku(name: SkuName): { readonly name: string; readonly tier: string } {
  return { name, tier: tiers[name.slice(0, 1) as keyof typeof tiers] };
}

const tiers = { F: 'Free', B: 'Basic', S: 'Standard' } as const;

/** The pollers of Azure's SDKs go on asking while the provisioning state is one that runs. */
const states: Readonly<Record<HubState, { state: string; provisioningState: string }>> = {
  activating: { state: 'Activating', provisioningState: 'Accepted' },
  active: { state: 'Active', provisioningState: 'Succeeded' },
  deleting: { state: 'Deleting', provisioningState: 'Deleting' },
};
