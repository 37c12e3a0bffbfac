/** Hubs, their settings and changes of them between the contract and the domain. */
import type { IpFilterRule } from '@linchpin/auth';
import {
  hubStateMessages,
  ipFilterActionMessages,
  wordOf,
  type Hub as HubMessage,
  type HubChanges as HubChangesMessage,
  type HubSettings as HubSettingsMessage,
  type IpFilterRule as IpFilterRuleMessage,
  type UpdateHubRequest,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import type { ChosenSettings, Hub } from '../domain/hub.js';
import type { HubChanges } from '../domain/hub-content.js';
import type { HubUpdate } from '../domain/hub-updates.js';
import { withMaskedSecrets } from '../domain/kept-properties.js';

/** @param telemetryTopic of the hub's built-in endpoint */
export function toHubMessage(hub: Hub, telemetryTopic: string): HubMessage {
  return {
    name: hub.name,
    hubGeneration: hub.hubGeneration,
    subscriptionId: hub.subscriptionId,
    resourceGroup: hub.resourceGroup,
    location: hub.location,
    hostNames: [...hub.hostNames],
    partitionCount: hub.partitionCount,
    retentionDays: hub.retentionDays,
    telemetryTopic,
    state: hubStateMessages[hub.state],
    etag: hub.etag,
    settings: toSettingsMessage(hub),
  };
}

export function fromChangesMessage(message: HubChangesMessage | undefined): HubChanges {
  return {
    settings: {
      tags: message?.tags?.tags,
      sku: message?.sku,
      units: message?.units,
      unlimited: message?.unlimited,
      disableLocalAuth: message?.disableLocalAuth,
      disableDeviceSas: message?.disableDeviceSas,
      disableModuleSas: message?.disableModuleSas,
      ipFilterRules: message?.ipFilterRules?.rules.map(fromRuleMessage),
      minTlsVersion: message?.minTlsVersion,
    },
    keptJson: message?.keptPropertiesJson,
    policies: message?.policies?.policies.map((policy) => ({
      name: policy.name,
      rights: policy.rights,
      primaryKey: policy.primaryKey,
      secondaryKey: policy.secondaryKey,
    })),
  };
}

export function fromUpdateMessage(request: UpdateHubRequest): HubUpdate {
  const { subscriptionId, resourceGroup, location, hostNames, partitionCount } = request;
  return {
    ...fromChangesMessage(request.changes),
    ifMatch: request.ifMatch,
    fixed: {
      ...{ subscriptionId, resourceGroup, location, partitionCount },
      hostNames: hostNames.length > 0 ? hostNames : undefined,
    },
    retentionDays: request.retentionDays,
  };
}

function toSettingsMessage({ settings, kept }: ChosenSettings): HubSettingsMessage {
  return {
    tags: { ...settings.tags },
    limits: settings.limits,
    disableLocalAuth: settings.disableLocalAuth,
    disableDeviceSas: settings.disableDeviceSas,
    disableModuleSas: settings.disableModuleSas,
    ipFilterRules: settings.ipFilterRules.map((rule) => ({
      ...rule,
      action: ipFilterActionMessages[rule.action],
    })),
    minTlsVersion: settings.minTlsVersion,
    keptPropertiesJson: JSON.stringify(withMaskedSecrets(kept)),
  };
}

function fromRuleMessage({ filterName, action, ipMask }: IpFilterRuleMessage): IpFilterRule {
  const word = wordOf(ipFilterActionMessages, action);
  if (word === undefined) {
    throw new HubError('ArgumentInvalid', 'The action of an IP filter rule is Accept or Reject.');
  }
  return { filterName, ipMask, action: word };
}
