/** Devices and modules as the registry knows them (service-rest.md sections 2.1 and 3). */
import type { Authentication, AuthenticationDefinition } from './authentication.js';

/** A device, or a module of a device. */
export interface IdentityId {
  readonly deviceId: string;
  /** Absent for the device itself. */
  readonly moduleId: string | undefined;
}

export type IdentityStatus = 'enabled' | 'disabled';
export type ConnectionState = 'Connected' | 'Disconnected';

/** What a client may set; a PUT replaces all of it. */
export interface IdentityDefinition extends IdentityId {
  readonly status: IdentityStatus;
  readonly statusReason: string | undefined;
  readonly authentication: AuthenticationDefinition | undefined;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  readonly managedBy: string | undefined;
  /** A JSON object as text. */
  readonly attributes: string | undefined;
}

/** What a create or an update writes. */
export interface IdentityContent extends IdentityId {
  /** .NET ticks, 18 digits; new at each creation. */
  readonly generationId: string;
  readonly status: IdentityStatus;
  readonly statusReason: string | undefined;
  /** Absent while the status never changed. */
  readonly statusUpdatedTime: Date | undefined;
  readonly authentication: Authentication;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  readonly managedBy: string | undefined;
  readonly attributes: string | undefined;
}

/** What is stored: with the tag of the last write, and what gateways reported. */
export interface DeviceIdentity extends IdentityContent {
  /** Base64 of a decimal number (service-rest.md section 1.4). */
  readonly etag: string;
  readonly connectionState: ConnectionState;
  readonly connectionStateUpdatedTime: Date | undefined;
  readonly lastActivityTime: Date | undefined;
}
