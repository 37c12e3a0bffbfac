/** Devices and modules as a service sees them (service-rest.md sections 2 and 3). */
import type { DeviceIdentityId } from './identity-id.js';

export type IdentityStatus = 'enabled' | 'disabled';

export type ConnectionState = 'Connected' | 'Disconnected';

export type AuthenticationType = 'sas' | 'selfSigned' | 'certificateAuthority' | 'none';

/**
 * As clients send and see it, with room for the material of every type; the registry keeps that of its type.
 * Keys are base64 text, thumbprints hexadecimal text.
 */
export interface Authentication {
  /** Undefined in a definition: it follows from what else is given. */
  readonly type: AuthenticationType | undefined;
  readonly primaryKey: string | undefined;
  readonly secondaryKey: string | undefined;
  readonly primaryThumbprint: string | undefined;
  readonly secondaryThumbprint: string | undefined;
}

export interface Identity extends DeviceIdentityId {
  /** New at each creation, so that a re-created identity can be told from the former. */
  readonly generationId: string;
  /** Without quotes. */
  readonly etag: string;
  readonly status: IdentityStatus;
  readonly statusReason: string | undefined;
  /** This and the other times are undefined while nothing happened. */
  readonly statusUpdatedTime: Date | undefined;
  readonly connectionState: ConnectionState;
  readonly connectionStateUpdatedTime: Date | undefined;
  readonly lastActivityTime: Date | undefined;
  readonly cloudToDeviceMessageCount: number;
  readonly authentication: Authentication;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  /** Modules only. */
  readonly managedBy: string | undefined;
  /** Devices only: the JSON text of an object. */
  readonly attributesJson: string | undefined;
}

/** What a client may set; undefined means the default, not "as before". */
export interface IdentityDefinition extends DeviceIdentityId {
  readonly status: IdentityStatus | undefined;
  readonly statusReason: string | undefined;
  readonly authentication: Authentication | undefined;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  readonly managedBy: string | undefined;
  readonly attributesJson: string | undefined;
}
