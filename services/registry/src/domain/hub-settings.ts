/** What an administrator may change of a hub (service-rest.md section 14.2). */
import type { IpFilterRule } from '@linchpin/auth';
import type { HubLimits } from '@linchpin/wire';

export interface HubSettings extends AccessSettings {
  readonly tags: Readonly<Record<string, string>>;
  readonly minTlsVersion: '1.2' | '1.3' | undefined;
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
