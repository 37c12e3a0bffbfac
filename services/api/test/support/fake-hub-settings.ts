/** The settings and policies of the fake registry's hubs: what is asked for is so. */
import { generateSymmetricKey } from '@linchpin/auth';
import {
  KeySide,
  type Hub,
  type HubChanges,
  type HubSettings,
  type SharedAccessPolicy,
  type UpdateHubRequest,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

export const defaultSettings: HubSettings = {
  tags: {},
  limits: { sku: 'S1', units: 1, unlimited: false },
  disableLocalAuth: false,
  disableDeviceSas: false,
  disableModuleSas: false,
  ipFilterRules: [],
  keptPropertiesJson: '{"features":"None"}',
};

export function changeSettings(stored: HubSettings, changes: HubChanges | undefined): HubSettings {
  const limits = stored.limits ?? { sku: 'S1', units: 1, unlimited: false };
  const kept = [stored.keptPropertiesJson, changes?.keptPropertiesJson ?? '{}'].map(
    (json) => JSON.parse(json) as object,
  );
  return {
    tags: changes?.tags?.tags ?? stored.tags,
    limits: {
      sku: changes?.sku ?? limits.sku,
      units: changes?.units ?? limits.units,
      unlimited: changes?.unlimited ?? limits.unlimited,
    },
    disableLocalAuth: changes?.disableLocalAuth ?? stored.disableLocalAuth,
    disableDeviceSas: changes?.disableDeviceSas ?? stored.disableDeviceSas,
    disableModuleSas: changes?.disableModuleSas ?? stored.disableModuleSas,
    ipFilterRules: changes?.ipFilterRules?.rules ?? stored.ipFilterRules,
    minTlsVersion: changes?.minTlsVersion ?? stored.minTlsVersion,
    keptPropertiesJson: JSON.stringify(Object.assign({}, ...kept)),
  };
}

interface ChangedHub {
  hub: Hub;
  readonly policies: SharedAccessPolicy[];
}

export function updateHub(stored: ChangedHub, request: UpdateHubRequest, nextTag: string): Hub {
  const { hub } = stored;
  const { changes, ifMatch = '*' } = request;
  if (ifMatch !== '*' && ifMatch !== hub.etag) {
    throw new HubError('PreconditionFailed', 'The entity tag differs.');
  }
  refuseOthers(hub, request);
  const settings = changeSettings(hub.settings ?? defaultSettings, changes);
  const changed = { ...hub, settings, retentionDays: request.retentionDays ?? hub.retentionDays };
  if (JSON.stringify(changed) !== JSON.stringify(hub)) {
    stored.hub = { ...changed, etag: nextTag };
  }
  const named = changes?.policies?.policies.map((policy) => ({
    ...policy,
    primaryKey: policy.primaryKey ?? generateSymmetricKey(),
    secondaryKey: policy.secondaryKey ?? generateSymmetricKey(),
  }));
  stored.policies.splice(0, named ? Infinity : 0, ...(named ?? []));
  return stored.hub;
}

export function regenerateKey(
  policies: SharedAccessPolicy[],
  name: string,
  side: KeySide,
): SharedAccessPolicy {
  const index = policies.findIndex((policy) => policy.name === name);
  const policy = policies[index];
  if (policy === undefined) {
    throw new HubError('GenericNotFound', 'There is no policy of that name.');
  }
  const key = generateSymmetricKey();
  const changed = side === KeySide.PRIMARY ? { primaryKey: key } : { secondaryKey: key };
  policies[index] = { ...policy, ...changed };
  return policies[index];
}

function refuseOthers(hub: Hub, request: UpdateHubRequest): void {
  const isOther = (named: string | undefined, has: string): boolean =>
    named !== undefined && named.toLowerCase() !== has.toLowerCase();
  const hasOthers =
    isOther(request.subscriptionId, hub.subscriptionId) ||
    isOther(request.resourceGroup, hub.resourceGroup) ||
    isOther(request.location, hub.location) ||
    isOther(request.hostNames.join() || undefined, hub.hostNames.join()) ||
    (request.partitionCount ?? hub.partitionCount) !== hub.partitionCount;
  if (hasOthers) {
    throw new HubError('GenericConflict', 'A hub of that name exists with another definition.');
  }
}
