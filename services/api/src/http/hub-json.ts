/** The JSON of a hub as Azure Resource Manager has it (service-rest.md section 14.2). */
import { formatRights } from '@linchpin/auth';
import { z } from 'zod';
import type { Hub, HubState, ResourceGroup, SharedAccessPolicy } from '../domain/hub.js';
import type { EntityJson } from './answer.js';
import { text } from './identity-json.js';

const wholeNumber = z
  .int()
  .nullish()
  .transform((value) => value ?? undefined);

/** Whatever else an IotHubDescription holds is ignored, policies and their keys among it. */
export const hubSchema = z.object({
  location: text,
  properties: z
    .object({
      /** Ours: Azure gives a hub one name that nobody chooses. */
      hostNames: z.array(z.string()).nullish(),
      eventHubEndpoints: z
        .object({
          events: z
            .object({ partitionCount: wholeNumber, retentionTimeInDays: wholeNumber })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

export interface HubJsonOptions {
  /** Where Kafka clients connect to read the built-in endpoint. */
  readonly eventsEndpoint: string | undefined;
}

export function formatHub(hub: Hub, { eventsEndpoint }: HubJsonOptions): EntityJson {
  const { name, location, hostNames, partitionCount, state } = hub;
  return {
    id: formatHubId(hub),
    name,
    type: 'Microsoft.Devices/IotHubs',
    location,
    tags: {},
    etag: hub.etag,
    properties: {
      state: states[state].state,
      provisioningState: states[state].provisioningState,
      hostName: hostNames[0],
      hostNames,
      eventHubEndpoints: {
        events: {
          retentionTimeInDays: hub.retentionDays,
          partitionCount,
          partitionIds: Array.from({ length: partitionCount }, (_, index) => String(index)),
          path: hub.telemetryTopic,
          ...(eventsEndpoint !== undefined && { endpoint: eventsEndpoint }),
        },
      },
    },
    sku: { name: 'S1', tier: 'Standard', capacity: 1 },
  };
}

/** Azure's name of the hub as a resource. */
export function formatHubId(hub: Pick<Hub, 'name' | 'subscriptionId' | 'resourceGroup'>): string {
  return `${formatGroupId(hub)}/providers/Microsoft.Devices/IotHubs/${hub.name}`;
}

export function formatPolicy({
  name,
  rights,
  primaryKey,
  secondaryKey,
}: SharedAccessPolicy): object {
  return { keyName: name, primaryKey, secondaryKey, rights: formatRights(rights) };
}

/** The pollers of Azure's SDKs go on asking while the provisioning state is one that runs. */
const states: Readonly<Record<HubState, { state: string; provisioningState: string }>> = {
  activating: { state: 'Activating', provisioningState: 'Accepted' },
  active: { state: 'Active', provisioningState: 'Succeeded' },
  deleting: { state: 'Deleting', provisioningState: 'Deleting' },
};

function formatGroupId({ subscriptionId, resourceGroup }: ResourceGroup): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}
