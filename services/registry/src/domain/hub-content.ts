/** What of a hub may change after its creation (service-rest.md section 14.2), and how. */
import { isDeepStrictEqual } from 'node:util';
import { readRetention, type ChosenSettings } from './hub.js';
import {
  changeSettings,
  defaultSettings,
  settingsOfNewHub,
  type SettingsChanges,
} from './hub-settings.js';
import { changeKeptProperties, defaultKeptProperties } from './kept-properties.js';
import {
  policiesOfNewHub,
  replacePolicies,
  type PolicyDefinition,
  type SharedAccessPolicy,
} from './shared-access-policy.js';

export interface HubContent extends ChosenSettings {
  readonly retentionDays: number;
  readonly policies: readonly SharedAccessPolicy[];
}

export const defaultChoice: ChosenSettings = {
  settings: defaultSettings,
  kept: defaultKeptProperties,
};

/** What is asked for; undefined leaves it as it is. */
export interface HubChanges {
  readonly settings: SettingsChanges;
  /** JSON of the members that are only kept; those that it does not name stay. */
  readonly keptJson: string | undefined;
  /** These and no others. */
  readonly policies: readonly PolicyDefinition[] | undefined;
}

export const nothingChosen: HubChanges = {
  settings: {
    tags: undefined,
    sku: undefined,
    units: undefined,
    unlimited: undefined,
    disableLocalAuth: undefined,
    disableDeviceSas: undefined,
    disableModuleSas: undefined,
    ipFilterRules: undefined,
    minTlsVersion: undefined,
  },
  keptJson: undefined,
  policies: undefined,
};

/** @throws HubError ArgumentInvalid */
export function contentOfNewHub(
  retentionDays: number,
  changes: HubChanges,
  generateKey: () => string,
): HubContent {
  const { keptJson, policies } = changes;
  return {
    retentionDays,
    settings: settingsOfNewHub(changes.settings),
    kept: changeKeptProperties(defaultKeptProperties, keptJson ?? '{}'),
    policies:
      policies === undefined
        ? policiesOfNewHub(generateKey)
        : replacePolicies([], policies, generateKey),
  };
}

/**
 * @returns undefined when nothing changes
 * @throws HubError ArgumentInvalid
 */
export function changeContent(
  stored: HubContent,
  changes: HubChanges & { readonly retentionDays: number | undefined },
  generateKey: () => string,
): HubContent | undefined {
  const { retentionDays = stored.retentionDays, keptJson, policies } = changes;
  const changed: HubContent = {
    retentionDays: readRetention(retentionDays),
    settings: changeSettings(stored.settings, changes.settings),
    kept: changeKeptProperties(stored.kept, keptJson ?? '{}'),
    policies:
      policies === undefined
        ? stored.policies
        : replacePolicies(stored.policies, policies, generateKey),
  };
  return isSame(stored, changed) ? undefined : changed;
}

function isSame(one: HubContent, other: HubContent): boolean {
  return isDeepStrictEqual(comparable(one), comparable(other));
}

/** Without members that are undefined, and policies by name. */
function comparable({ retentionDays, settings, kept, policies }: HubContent): unknown {
  const byName = [...policies].sort((one, other) => (one.name < other.name ? -1 : 1));
  return JSON.parse(JSON.stringify({ retentionDays, settings, kept, policies: byName }));
}
