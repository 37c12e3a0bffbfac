/** Hubs, the tenants of a deployment, and their administration (service-rest.md section 14). */

/** Where a hub stands among Azure's resources; compared without regard to case. */
export interface ResourceGroup {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

export type HubState = 'activating' | 'active' | 'deleting';

export interface Hub extends ResourceGroup {
  readonly name: string;
  readonly location: string;
  /** The first is the one that connection strings carry. */
  readonly hostNames: readonly string[];
  readonly partitionCount: number;
  readonly retentionDays: number;
  /** The Kafka topic of the built-in endpoint. */
  readonly telemetryTopic: string;
  readonly state: HubState;
  readonly etag: string;
}

/** What an administrator may set. */
export interface HubDefinition extends ResourceGroup {
  readonly name: string;
  /** Must be there for a new hub. */
  readonly location: string | undefined;
  /** None means the deployment's default. */
  readonly hostNames: readonly string[];
  /** Undefined means the default, here and below. */
  readonly partitionCount: number | undefined;
  readonly retentionDays: number | undefined;
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
  /** Repeating it with the same definition gives the same hub. */
  create(definition: HubDefinition & { readonly location: string }): Promise<CreatedHub>;
  get(name: string): Promise<Hub>;
  /** Up to `limit` hubs in the order of their names, from the one after `after` on. */
  list(limit: number, after: string | undefined): Promise<readonly Hub[]>;
  delete(name: string): Promise<void>;
  listPolicies(hub: string): Promise<readonly SharedAccessPolicy[]>;
}
