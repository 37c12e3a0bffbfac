/** What judging a credential takes, read at once: a connecting device costs one look. */
import type { Authentication } from './authentication.js';
import type { IdentityId } from './device-identity.js';
import type { AccessSettings } from './hub-settings.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

/** Only active hubs are found. */
export interface CredentialStore {
  /** Undefined when no hub has the host name. */
  findDevice(query: DeviceCredentialQuery): Promise<DeviceCredentials | undefined>;

  /** Undefined when no hub has the host name. */
  findPolicy(query: PolicyQuery): Promise<PolicyCredentials | undefined>;
}

export interface PolicyQuery {
  /** Normalised. */
  readonly hostName: string;
  /** Compared without regard to letter case. */
  readonly policyName: string;
}

export interface DeviceCredentialQuery extends IdentityId {
  /** Normalised. */
  readonly hostName: string;
  /** Of the policy that signed, when one did. */
  readonly policyName: string | undefined;
}

export interface PolicyCredentials {
  readonly hub: CredentialHub;
  readonly policy: SharedAccessPolicy | undefined;
}

export interface DeviceCredentials extends PolicyCredentials {
  readonly identity: IdentityCredentials | undefined;
}

export interface CredentialHub {
  readonly name: string;
  /** Tells it from an earlier or later hub of its name. */
  readonly hubGeneration: string;
  readonly hostNames: readonly string[];
  readonly partitionCount: number;
  readonly settings: AccessSettings;
}

export interface IdentityCredentials {
  readonly generationId: string;
  /** Of a module: its device's too. */
  readonly enabled: boolean;
  /** The device is an Edge device; of a module: its device. */
  readonly ofEdgeDevice: boolean;
  readonly authentication: Authentication;
}
