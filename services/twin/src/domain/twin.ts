/** A twin as it is kept (service-rest.md section 7.2). */
import type { AuthenticationType, ConnectionState, IdentityStatus } from '@linchpin/wire';
import { emptySection, type Section } from './apply-patch.js';
import type { JsonObject } from './json-value.js';

export interface Twin extends BackEndPart {
  readonly reported: VersionedSection;
}

/** What back ends change. */
export interface BackEndPart {
  /** Rises with each change of tags or desired properties. */
  readonly version: number;
  /** The same, as the entity tag has it. */
  readonly etagCounter: number;
  readonly tags: JsonObject;
  readonly desired: VersionedSection;
}

export interface VersionedSection extends Section {
  readonly version: number;
}

/** What a twin shows of its identity, as the registry has it, and of its connection. */
export interface TwinIdentity {
  readonly deviceId: string;
  /** Undefined for a device. */
  readonly moduleId: string | undefined;
  readonly etag: string;
  readonly status: IdentityStatus;
  readonly statusReason: string | undefined;
  readonly statusUpdatedTime: Date | undefined;
  readonly connectionState: ConnectionState;
  readonly lastActivityTime: Date | undefined;
  readonly cloudToDeviceMessageCount: number;
  readonly authenticationType: AuthenticationType;
  readonly primaryThumbprint: string | undefined;
  readonly secondaryThumbprint: string | undefined;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  /** Empty when the device announced none. */
  readonly modelId: string;
}

/** As the twin of an identity begins (events-monitoring.md section 1.2). */
export const freshTwin: Twin = {
  version: 2,
  etagCounter: 1,
  tags: {},
  desired: { ...emptySection, version: 1 },
  reported: { ...emptySection, version: 1 },
};

/** 8 bytes, big-endian, in base64 (service-rest.md section 1.4). */
export function formatTwinEtag({ etagCounter }: Pick<BackEndPart, 'etagCounter'>): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(etagCounter));
  return bytes.toString('base64');
}
