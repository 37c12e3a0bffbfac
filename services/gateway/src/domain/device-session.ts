/**
 * Who is connected and what the hub granted: the facts that hold as long as the connection does.
 * (device-mqtt.md sections 2, 3 and 6.)
 */
import {
  azureLimits,
  type AuthScope,
  type AuthType,
  type DeviceIdentityId,
  type HubLimits,
} from '@linchpin/wire';
import type { Access } from './access-entry.js';

/** What the registry says of a credential that it accepts. */
export interface Grant extends Access {
  readonly generationId: string;
  readonly scope: AuthScope;
  readonly type: AuthType;
  /** When the credential ends, clock skew not included; undefined for one without end. */
  readonly expiresAt: Date | undefined;
  readonly limits: HubLimits;
  readonly telemetryTopic: string;
  readonly telemetryPartitions: number;
}

export interface DeviceSession {
  readonly identity: DeviceIdentityId;
  readonly grant: Grant;
  readonly connectionId: string;
  /** The IoT Plug and Play model that the device announced. */
  readonly modelId: string | undefined;
}

/**
 * How long the client's right lasts; undefined: without end. A token counts a little longer than it says,
 * for whoever signed it may have another clock; a certificate that has ended opens no connection, so it
 * keeps none open.
 */
export function accessLeftMs(
  { expiresAt, type }: Pick<Grant, 'expiresAt' | 'type'>,
  nowMs: number,
): number | undefined {
  const skewMs = type === 'x509Certificate' ? 0 : azureLimits.clockSkewMs;
  return expiresAt && expiresAt.getTime() + skewMs - nowMs;
}
