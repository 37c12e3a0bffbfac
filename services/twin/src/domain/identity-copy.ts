/** What the registry says of identities, as far as twins need it, and the copy of it that queries read. */
import { HubError, type HubId, type Identity } from '@linchpin/wire';
import type { TwinIdentity } from './twin.js';

/** A device or module of a hub; of a back end's request it is whichever has the id now. */
export interface TwinSubject extends HubId {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** As the registry tells of it. */
export interface CopiedIdentity extends Omit<TwinIdentity, 'modelId'> {
  /** New at each creation: decimal digits of .NET's ticks. */
  readonly generationId: string;
}

export interface RegistryIdentities {
  /** @throws HubError IotHubNotFound, DeviceNotFound, ModuleNotFound */
  get(subject: TwinSubject): Promise<CopiedIdentity>;
  /** Of the hub that has the name now. @throws HubError IotHubNotFound */
  generationOf(hub: string): Promise<string>;
}

export interface IdentityCopy {
  /**
   * Makes the twins that are missing, and those of identities that were made again, and writes what the
   * registry says of each. What is known under a newer generation stays, and nothing is made of a hub that
   * was deleted.
   */
  put(hub: HubId, identities: readonly CopiedIdentity[]): Promise<void>;
  /** Removes the twins of these generations, and no newer ones. */
  remove(hub: HubId, deviceId: string, generationIds: readonly string[]): Promise<void>;
}

export function toCopiedIdentity(identity: Identity): CopiedIdentity {
  const { authentication, ...same } = identity;
  return {
    deviceId: same.deviceId,
    moduleId: same.moduleId,
    generationId: same.generationId,
    etag: same.etag,
    status: same.status,
    statusReason: same.statusReason,
    statusUpdatedTime: same.statusUpdatedTime,
    connectionState: same.connectionState,
    lastActivityTime: same.lastActivityTime,
    cloudToDeviceMessageCount: same.cloudToDeviceMessageCount,
    authenticationType: authentication.type ?? 'none',
    primaryThumbprint: authentication.primaryThumbprint,
    secondaryThumbprint: authentication.secondaryThumbprint,
    iotEdge: same.iotEdge,
    deviceScope: same.deviceScope,
    parentScopes: same.parentScopes,
  };
}

/** What the registry answers, as a list that is empty when it has no such hub or identity. */
export async function ifThere<Answer>(answer: Promise<Answer>): Promise<readonly Answer[]> {
  try {
    return [await answer];
  } catch (error) {
    if (error instanceof HubError && goneCodes.has(error.code)) {
      return [];
    }
    throw error;
  }
}

const goneCodes: ReadonlySet<string> = new Set([
  'DeviceNotFound',
  'ModuleNotFound',
  'IotHubNotFound',
]);
