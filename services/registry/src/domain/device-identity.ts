/**
 * Devices and modules as the registry keeps them (service-rest.md sections 2.1 and 3). The members that
 * clients know are wire's, under the same names; what differs is that nothing is left open here, and that
 * no authentication holds material of another type.
 */
import type {
  ConnectionState,
  DeviceIdentityId,
  IdentityStatus,
  IdentityDefinition as ClientDefinition,
} from '@linchpin/wire';
import type { Authentication, AuthenticationDefinition } from './authentication.js';

/** A device, or a module of a device, which is always named: who forgot it would mean the device. */
export type IdentityId = Required<DeviceIdentityId>;

/** What a client may set; a PUT replaces all of it. */
export interface IdentityDefinition
  extends IdentityId, Omit<ClientDefinition, keyof DeviceIdentityId | 'status' | 'authentication'> {
  readonly status: IdentityStatus;
  readonly authentication: AuthenticationDefinition | undefined;
}

/** What a create or an update writes. */
export interface IdentityContent extends Omit<IdentityDefinition, 'authentication'> {
  /** .NET ticks, 18 digits; new at each creation. */
  readonly generationId: string;
  /** Absent while the status never changed. */
  readonly statusUpdatedTime: Date | undefined;
  readonly authentication: Authentication;
}

/** What is stored: with the tag of the last write, and what gateways reported. */
export interface DeviceIdentity extends IdentityContent {
  /** Base64 of a decimal number (service-rest.md section 1.4). */
  readonly etag: string;
  readonly connectionState: ConnectionState;
  readonly connectionStateUpdatedTime: Date | undefined;
  readonly lastActivityTime: Date | undefined;
}

/** What gateways have reported of an identity that is new: nothing. */
export const neverConnected = {
  connectionState: 'Disconnected',
  connectionStateUpdatedTime: undefined,
  lastActivityTime: undefined,
} as const satisfies Partial<DeviceIdentity>;
