/** What an administrator may change of a hub (service-rest.md section 14.2). */
import { tlsVersions, type IpFilterRule, type TlsVersion } from '@linchpin/auth';
import {
  azureLimits,
  HubError,
  isSkuName,
  skuNames,
  unitsMax,
  type HubLimits,
} from '@linchpin/wire';
import { validateFreeText } from './free-text.js';
import { validateIpFilterRules } from './ip-filter-rules.js';

export interface HubSettings extends AccessSettings {
  readonly tags: Readonly<Record<string, string>>;
}

/** What decides who may come, and how much. */
export interface AccessSettings {
  readonly limits: HubLimits;
  /** No policy's token counts. */
  readonly disableLocalAuth: boolean;
  /** No device's own token counts; `disableModuleSas` says so of modules. */
  readonly disableDeviceSas: boolean;
  readonly disableModuleSas: boolean;
  /** In order: the first that matches decides. */
  readonly ipFilterRules: readonly IpFilterRule[];
  /** Undefined: whatever listeners speak. */
  readonly minTlsVersion: TlsVersion | undefined;
}

export const defaultSettings: HubSettings = {
  tags: {},
  limits: { sku: 'S1', units: 1, unlimited: false },
  disableLocalAuth: false,
  disableDeviceSas: false,
  disableModuleSas: false,
  ipFilterRules: [],
  minTlsVersion: undefined,
};

/** What an administrator asks for; undefined leaves it as it is. */
export interface SettingsChanges {
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly sku: string | undefined;
  readonly units: number | undefined;
  readonly unlimited: boolean | undefined;
  readonly disableLocalAuth: boolean | undefined;
  readonly disableDeviceSas: boolean | undefined;
  readonly disableModuleSas: boolean | undefined;
  readonly ipFilterRules: readonly IpFilterRule[] | undefined;
  /** Of a new hub only: it never changes. */
  readonly minTlsVersion: string | undefined;
}

/** @throws HubError ArgumentInvalid */
export function settingsOfNewHub(changes: SettingsChanges): HubSettings {
  const minTlsVersion = readMinTlsVersion(changes.minTlsVersion);
  return changeSettings({ ...defaultSettings, minTlsVersion }, changes);
}

/** @throws HubError ArgumentInvalid */
export function changeSettings(stored: HubSettings, changes: SettingsChanges): HubSettings {
  const { tags = stored.tags, ipFilterRules = stored.ipFilterRules } = changes;
  validateTags(tags);
  validateIpFilterRules(ipFilterRules);
  if ((changes.minTlsVersion ?? stored.minTlsVersion) !== stored.minTlsVersion) {
    throw new HubError(
      'ArgumentInvalid',
      'minTlsVersion: is chosen when a hub is created, and never changes.',
    );
  }
  return {
    tags,
    limits: changeLimits(stored.limits, changes),
    disableLocalAuth: changes.disableLocalAuth ?? stored.disableLocalAuth,
    disableDeviceSas: changes.disableDeviceSas ?? stored.disableDeviceSas,
    disableModuleSas: changes.disableModuleSas ?? stored.disableModuleSas,
    ipFilterRules,
    minTlsVersion: stored.minTlsVersion,
  };
}

function changeLimits(stored: HubLimits, changes: SettingsChanges): HubLimits {
  const { sku = stored.sku, units = stored.units, unlimited = stored.unlimited } = changes;
  if (!isSkuName(sku)) {
    throw new HubError('ArgumentInvalid', `sku.name: must be one of ${skuNames.join(', ')}.`);
  }
  if (!Number.isInteger(units) || units < 1 || units > unitsMax[sku]) {
    throw new HubError(
      'ArgumentInvalid',
      `sku.capacity: a hub of the tier ${sku} has ${unitsMax[sku] === 1 ? '1 unit' : `1 to ${unitsMax[sku]} units`}.`,
    );
  }
  return { sku, units, unlimited };
}

function validateTags(tags: Readonly<Record<string, string>>): void {
  const { tagsPerHubMax, tagNameLengthMax, tagValueLengthMax } = azureLimits;
  const entries = Object.entries(tags);
  if (entries.length > tagsPerHubMax) {
    throw new HubError('ArgumentInvalid', `A hub has at most ${tagsPerHubMax} tags.`);
  }
  for (const [name, value] of entries) {
    validateFreeText('The name of a tag', name, tagNameLengthMax);
    validateFreeText('The value of a tag', value, tagValueLengthMax);
    if (name === '' || /[<>%&\\?/]/.test(name)) {
      throw new HubError(
        'ArgumentInvalid',
        `The name of a tag is not empty and has none of < > % & \\ ? / (given: "${name}").`,
      );
    }
  }
}

function readMinTlsVersion(text: string | undefined): TlsVersion | undefined {
  const version = tlsVersions.find((known) => known === text);
  if (text !== undefined && version === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `minTlsVersion: must be one of ${tlsVersions.join(', ')}.`,
    );
  }
  return version;
}
