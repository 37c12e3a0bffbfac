/** Hubs, the tenants of a deployment, and their administration (service-rest.md section 14). */
import type { IpFilterRule } from '@linchpin/auth';
import type { HubCounts, HubLimits, HubState, KeySide } from '@linchpin/wire';

/** Where a hub stands among Azure's resources; compared without regard to case. */
export interface ResourceGroup {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

export interface Hub extends ResourceGroup {
  readonly name: string;
  /** Tells it from an earlier or later hub of its name. */
  readonly hubGeneration: string;
  readonly location: string;
  /** The first is the one that connection strings carry. */
  readonly hostNames: readonly string[];
  readonly partitionCount: number;
  readonly retentionDays: number;
  /** The Kafka topic of the built-in endpoint. */
  readonly telemetryTopic: string;
  readonly state: HubState;
  readonly etag: string;
  readonly settings: HubSettings;
}

export interface HubSettings {
  readonly tags: Readonly<Record<string, string>>;
  readonly limits: HubLimits;
  readonly disableLocalAuth: boolean;
  readonly disableDeviceSas: boolean;
  readonly disableModuleSas: boolean;
  readonly ipFilterRules: readonly IpFilterRule[];
  readonly minTlsVersion: string | undefined;
  /** Members of the hub's JSON that are only kept for other services, their secrets masked. */
  readonly keptProperties: Readonly<Record<string, unknown>>;
}

/** Undefined leaves it as it is. */
export interface HubChanges {
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly sku: string | undefined;
  readonly units: number | undefined;
  readonly unlimited: boolean | undefined;
  readonly disableLocalAuth: boolean | undefined;
  readonly disableDeviceSas: boolean | undefined;
  readonly disableModuleSas: boolean | undefined;
  readonly ipFilterRules: readonly IpFilterRule[] | undefined;
  readonly minTlsVersion: string | undefined;
  readonly keptProperties: Readonly<Record<string, unknown>>;
  /** These and no others. */
  readonly policies: readonly PolicyDefinition[] | undefined;
}

export interface PolicyDefinition {
  readonly name: string;
  readonly rights: number;
  /** Undefined: the one that the policy has, or a new one; here and below. */
  readonly primaryKey: string | undefined;
  readonly secondaryKey: string | undefined;
}

/** What an administrator may set. */
export interface HubDefinition extends ResourceGroup {
  readonly name: string;
  /** Must be there for a new hub. */
  readonly location: string | undefined;
  /** None means the deployment's default. */
  readonly hostNames: readonly string[];
  /** Undefined means the default of a new hub, and what an existing one has; here and below. */
  readonly partitionCount: number | undefined;
  readonly retentionDays: number | undefined;
  readonly changes: HubChanges;
}

/** Only the hubs that the caller may see; a page can be empty and not the last. */
export interface HubPage {
  readonly hubs: readonly Hub[];
  /** The `after` of the next page; undefined at the end. */
  readonly next: string | undefined;
}

export interface CreatedHub {
  readonly hub: Hub;
  /** False when it existed already. */
  readonly isNew: boolean;
}

export interface SharedAccessPolicy {
  readonly name: string;
  /** The flags of security-limits.md section 1. */
  readonly rights: number;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Every method throws a HubError. */
export interface HubAdministration {
  /** Where there is such a hub already, it is found and stays as it is. */
  create(definition: HubDefinition & { readonly location: string }): Promise<CreatedHub>;
  get(name: string): Promise<Hub>;
  /** In the order of their names, from the one after `after` on. */
  list(after: string | undefined): Promise<HubPage>;
  count(subscriptionId: string): Promise<HubCounts>;
  /**
   * Changes what the definition names, all of it or nothing.
   *
   * @param ifMatch an entity tag, `*` or undefined for whatever the hub has
   */
  update(definition: HubDefinition, ifMatch: string | undefined): Promise<Hub>;
  delete(name: string): Promise<void>;
  listPolicies(hub: string): Promise<readonly SharedAccessPolicy[]>;
  regenerateKey(hub: string, policy: string, side: KeySide): Promise<SharedAccessPolicy>;
}
