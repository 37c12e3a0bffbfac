/** Hubs, their settings and changes of them between the contract and the domain. */
import {
  hubStateMessages,
  ipFilterActionMessages,
  wordOf,
  type Hub as HubMessage,
  type HubChanges as HubChangesMessage,
  type HubSettings as HubSettingsMessage,
  type HubState as HubStateMessage,
} from '@linchpin/contracts';
import { readHubLimits, type HubState } from '@linchpin/wire';
import type { Hub, HubChanges, HubSettings } from '../domain/hub.js';
import { present } from './present.js';

export function toHub({ state, settings, ...same }: HubMessage): Hub {
  return { ...same, state: toState(state), settings: toSettings(present(settings)) };
}

/** What is undefined is absent, and stays as it is. */
export function toChangesMessage(changes: HubChanges): HubChangesMessage {
  const { tags, ipFilterRules, policies, keptProperties } = changes;
  return {
    tags: tags && { tags: { ...tags } },
    sku: changes.sku,
    units: changes.units,
    unlimited: changes.unlimited,
    disableLocalAuth: changes.disableLocalAuth,
    disableDeviceSas: changes.disableDeviceSas,
    disableModuleSas: changes.disableModuleSas,
    ipFilterRules: ipFilterRules && {
      rules: ipFilterRules.map((rule) => ({
        ...rule,
        action: ipFilterActionMessages[rule.action],
      })),
    },
    minTlsVersion: changes.minTlsVersion,
    keptPropertiesJson: JSON.stringify(keptProperties),
    policies: policies && { policies: [...policies] },
  };
}

function toSettings(message: HubSettingsMessage): HubSettings {
  const { limits, ipFilterRules, keptPropertiesJson, ...same } = message;
  return {
    ...same,
    minTlsVersion: message.minTlsVersion,
    limits: readHubLimits(limits),
    ipFilterRules: ipFilterRules.map(({ filterName, action, ipMask }) => ({
      filterName,
      action: wordOf(ipFilterActionMessages, action) ?? 'Reject',
      ipMask,
    })),
    keptProperties: JSON.parse(keptPropertiesJson) as Record<string, unknown>,
  };
}

function toState(state: HubStateMessage): HubState {
  // A newer registry may know states that we don't; the hub answers in all but the other two.
  return wordOf(hubStateMessages, state) ?? 'active';
}
