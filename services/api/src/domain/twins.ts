import type { DeviceIdentityId, HubId } from '@linchpin/wire';

/** Of a device or a module, as clients of the REST API see it (service-rest.md section 7.2). */
export interface Twin {
  /** The whole object. */
  readonly json: string;
  /** Of the twin and not of its identity, without quotes. */
  readonly etag: string;
  /** Of the identity whose twin it is. */
  readonly generationId: string;
}

/** Sections that are undefined stay as they are; the JSON `null` empties one. */
export interface TwinChange {
  /** Whether sections are merged into what is stored, or replace it. */
  readonly mode: 'patch' | 'replace';
  readonly tagsJson: string | undefined;
  readonly desiredJson: string | undefined;
  /** The entity tag that the stored twin must have; undefined and `*`: whatever it has. */
  readonly ifMatch: string | undefined;
}

/** Every method throws HubError, in the words of the service that keeps the twins. */
export interface Twins {
  get(hub: HubId, identity: DeviceIdentityId): Promise<Twin>;
  /** @returns the twin after the change */
  update(hub: HubId, identity: DeviceIdentityId, change: TwinChange): Promise<Twin>;
}
