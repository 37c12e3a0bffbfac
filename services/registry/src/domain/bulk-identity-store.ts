/** Where many identities are changed at once; the promises of identity-store.ts hold here too. */
import type { HubId } from '@linchpin/wire';
import {
  neverConnected,
  type DeviceIdentity,
  type IdentityContent,
  type IdentityId,
} from './device-identity.js';
import {
  identityCreated,
  identityDeleted,
  identityUpdateRecorded,
  type RecordedChange,
} from './registry-change.js';

export interface BulkIdentityStore {
  /**
   * Writes in one piece what `decide` makes of the devices that are there and of all their modules.
   * Nobody else changes them in between. When somebody else creates one of them meanwhile, `decide` is
   * asked again.
   *
   * @throws HubError IotHubNotFound, ServiceUnavailable, and what `decide` throws
   */
  changeMany<Result>(
    hub: string,
    deviceIds: readonly string[],
    decide: (stored: readonly DeviceIdentity[]) => BulkChange<Result>,
  ): Promise<Result>;
}

export interface BulkChange<Result> {
  readonly writes: IdentityWrites;
  readonly result: Result;
}

/** Done in this order: an identity may be deleted and made again. */
export interface IdentityWrites {
  /** A device that is deleted speaks for its modules. */
  readonly deleted: readonly DeviceIdentity[];
  readonly updated: readonly UpdatedIdentity[];
  readonly created: readonly IdentityContent[];
}

interface UpdatedIdentity {
  readonly before: DeviceIdentity;
  readonly content: IdentityContent;
}

interface WrittenIdentities {
  readonly hub: HubId;
  /** What was there before. */
  readonly stored: readonly DeviceIdentity[];
  readonly writes: IdentityWrites;
  /** Of what was written. */
  readonly etagOf: (id: IdentityId) => string;
}

/** What is told of the writes, and recorded. */
export function changesOf({ hub, stored, writes, etagOf }: WrittenIdentities): RecordedChange[] {
  const { deleted, updated, created } = writes;
  const modulesOf = (device: IdentityId): readonly DeviceIdentity[] =>
    stored.filter(
      ({ deviceId, moduleId }) => deviceId === device.deviceId && moduleId !== undefined,
    );
  return [
    ...deleted.map((identity) =>
      identityDeleted(hub, identity, identity.moduleId === undefined ? modulesOf(identity) : []),
    ),
    ...updated.map(({ before, content }) =>
      identityUpdateRecorded(hub, before, { ...before, ...content, etag: etagOf(content) }),
    ),
    ...created.map((content) =>
      identityCreated(hub, { ...content, ...neverConnected, etag: etagOf(content) }),
    ),
  ];
}
