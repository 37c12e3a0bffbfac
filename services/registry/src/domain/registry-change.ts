/**
 * What others must hear of: each is stored together with its change and told at least once. Gateways
 * end the connections whose credential no longer counts (device-mqtt.md section 2.11).
 */
import { hasRight } from '@linchpin/auth';
import type { HubId } from '@linchpin/wire';
import type { CaCertificateContent } from './ca-certificate.js';
import { changedMembers } from './changed-members.js';
import { cloudToDeviceSettings, type CloudToDeviceSettings } from './cloud-to-device-settings.js';
import {
  authorityCredential,
  credentialClass,
  identityKeyCredential,
  policyKeyCredential,
  sasClassOf,
  servicePolicyKeyCredential,
  thumbprintCredential,
} from './credential-id.js';
import type { Authentication } from './authentication.js';
import type { DeviceIdentity, IdentityContent, IdentityId } from './device-identity.js';
import type { AccessSettings } from './hub-settings.js';
import { defaultCloudToDevice, type KeptProperties } from './kept-properties.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

export type RegistryChange =
  | ({ readonly kind: 'identityCreated'; readonly identity: IdentityFacts } & HubId)
  | ({
      readonly kind: 'identityUpdated';
      readonly identity: IdentityFacts;
      /** Credentials that counted before this change and do not any more, as credential-id.ts names them. */
      readonly revokedCredentialIds: readonly string[];
    } & HubId)
  | ({
      readonly kind: 'identityDeleted';
      /** Of the modules that went with a device. */
      readonly moduleGenerationIds: readonly string[];
    } & Subject &
      HubId)
  | ({
      readonly kind: 'hubUpdated';
      /** Of any identity of the hub. */
      readonly revokedCredentialIds: readonly string[];
    } & HeldSettings &
      HubId)
  | ({ readonly kind: 'hubDeleted' } & HubId);

/** What others may know of an identity: no key, and nothing that only the registry shows. */
export interface IdentityFacts extends Omit<DeviceIdentity, 'authentication' | 'attributesJson'> {
  readonly attributesJson: undefined;
  readonly authentication: {
    readonly type: Authentication['type'];
    readonly primaryThumbprint: string | undefined;
    readonly secondaryThumbprint: string | undefined;
  };
}

/** A change and, of an update, what only the audit log is told. */
export type RecordedChange = RegistryChange & {
  /** `changedMembers` of what was and what is. */
  readonly changedMembers?: readonly string[];
};

/** What holds for a hub from now on. */
interface HeldSettings {
  readonly settings: AccessSettings;
  readonly cloudToDevice: CloudToDeviceSettings;
}

interface Subject extends IdentityId {
  readonly generationId: string;
}

/** What of a hub decides whose credentials count. */
interface HubAccess {
  readonly settings: AccessSettings;
  readonly policies: readonly SharedAccessPolicy[];
}

export function identityCreated(hub: HubId, identity: DeviceIdentity): RegistryChange {
  return { kind: 'identityCreated', ...hub, identity: factsOf(identity) };
}

/** @param modules of a device, which go with it */
export function identityDeleted(
  { hub, hubGeneration }: HubId,
  { deviceId, moduleId, generationId }: Subject,
  modules: readonly Pick<Subject, 'generationId'>[] = [],
): RegistryChange {
  const moduleGenerationIds = modules.map((module) => module.generationId);
  const subject = { deviceId, moduleId, generationId };
  return { kind: 'identityDeleted', hub, hubGeneration, ...subject, moduleGenerationIds };
}

export function identityUpdated(
  hub: HubId,
  before: IdentityContent,
  after: DeviceIdentity,
): RegistryChange {
  return {
    kind: 'identityUpdated',
    ...hub,
    identity: factsOf(after),
    revokedCredentialIds: missing(credentialsOf(hub.hub, before), credentialsOf(hub.hub, after)),
  };
}

/** `identityUpdated`, and which members it was. */
export function identityUpdateRecorded(
  hub: HubId,
  before: DeviceIdentity,
  after: DeviceIdentity,
): RecordedChange {
  return {
    ...identityUpdated(hub, before, after),
    // The tag is new each time, and nobody's doing.
    changedMembers: changedMembers({ ...before, etag: after.etag }, after),
  };
}

/** For every change of a hub's settings or policies; what did not change, or only its place, revokes nothing. */
export function hubUpdated(
  { hub, hubGeneration }: HubId,
  before: HubAccess,
  after: HubAccess & { readonly kept: KeptProperties },
): RegistryChange {
  return {
    kind: 'hubUpdated',
    hub,
    hubGeneration,
    revokedCredentialIds: missing(hubCredentialsOf(hub, before), hubCredentialsOf(hub, after)),
    settings: after.settings,
    cloudToDevice: cloudToDeviceSettings(after.kept.cloudToDevice ?? defaultCloudToDevice),
  };
}

/**
 * Of the hub's CA certificates. One that stands under two names vouches as long as either is verified.
 *
 * @returns undefined when nobody has come by what no longer counts
 */
export function authoritiesChanged(
  { hub, hubGeneration, settings, cloudToDevice }: HubId & HeldSettings,
  before: readonly CaCertificateContent[],
  after: readonly CaCertificateContent[],
): RegistryChange | undefined {
  const revokedCredentialIds = missing(authoritiesOf(before), authoritiesOf(after));
  return revokedCredentialIds.length === 0
    ? undefined
    : { kind: 'hubUpdated', hub, hubGeneration, revokedCredentialIds, settings, cloudToDevice };
}

function factsOf(identity: DeviceIdentity): IdentityFacts {
  const { authentication, ...facts } = identity;
  const { type } = authentication;
  const { primaryThumbprint, secondaryThumbprint } =
    type === 'selfSigned' ? authentication : noThumbprints;
  return {
    ...facts,
    attributesJson: undefined,
    authentication: { type, primaryThumbprint, secondaryThumbprint },
  };
}

const noThumbprints = { primaryThumbprint: undefined, secondaryThumbprint: undefined };

function missing(before: readonly string[], after: readonly string[]): string[] {
  return [...new Set(before)].filter((id) => !after.includes(id));
}

function credentialsOf(hub: string, identity: IdentityContent): string[] {
  const { authentication } = identity;
  switch (authentication.type) {
    case 'sas': {
      const { primaryKey, secondaryKey } = authentication;
      const keys = [primaryKey, secondaryKey];
      return [
        ...keys.map((key) => identityKeyCredential(hub, identity, key)),
        sasClassOf(identity),
      ];
    }
    case 'selfSigned':
      return [authentication.primaryThumbprint, authentication.secondaryThumbprint]
        .filter((thumbprint) => thumbprint !== undefined)
        .map(thumbprintCredential);
    case 'certificateAuthority':
      return [credentialClass.certificateAuthority];
    case 'none':
      return [];
  }
}

function authoritiesOf(certificates: readonly CaCertificateContent[]): string[] {
  const verified = certificates.filter(({ isVerified }) => isVerified);
  return verified.map(({ certificate }) => authorityCredential(certificate));
}

/** What a hub's settings and policies let devices and back ends connect by; a policy only with the right to. */
function hubCredentialsOf(hub: string, { settings, policies }: HubAccess): string[] {
  const { disableLocalAuth, disableDeviceSas, disableModuleSas } = settings;
  return [
    ...(disableLocalAuth ? [] : [credentialClass.localAuth]),
    ...(disableDeviceSas ? [] : [credentialClass.deviceSas]),
    ...(disableModuleSas ? [] : [credentialClass.moduleSas]),
    ...policies.flatMap((policy) => [
      ...keyCredentialsOf(hub, policy, 'DeviceConnect'),
      ...keyCredentialsOf(hub, policy, 'ServiceConnect'),
    ]),
  ];
}

const policyCredentials = {
  DeviceConnect: policyKeyCredential,
  ServiceConnect: servicePolicyKeyCredential,
} as const;

function keyCredentialsOf(
  hub: string,
  { name, rights, primaryKey, secondaryKey }: SharedAccessPolicy,
  right: keyof typeof policyCredentials,
): string[] {
  return hasRight(rights, right)
    ? [primaryKey, secondaryKey].map((key) => policyCredentials[right](hub, name, key))
    : [];
}
