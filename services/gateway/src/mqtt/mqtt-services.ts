import type { NamedRooms } from '@linchpin/fairness';
import type { DeviceMessages } from '../domain/device-messages.js';
import type { DeviceTwins } from '../domain/device-twins.js';
import type { FaultInjector } from '../domain/fault-injection.js';
import type { SessionOpener } from '../domain/open-session.js';
import type { Presence } from '../domain/presence.js';
import type { TelemetryLog } from '../domain/telemetry-log.js';
import type { GatewayEvents } from '../events.js';
import type { PartialInputMemory } from '../sockets/partial-input-memory.js';
import type { WriteBatcher } from '../sockets/write-batcher.js';

export interface MqttLimits {
  /** From the end of the TLS handshake to a whole CONNECT. */
  readonly connectArrivalMs: number;
  /** Publishes of one connection that wait to be stored, before it is read no further. */
  readonly pendingPublishesMax: number;
}

/** What all connections share. */
export interface MqttServices {
  readonly opener: SessionOpener;
  readonly presence: Presence;
  readonly telemetryLog: TelemetryLog;
  readonly twins: DeviceTwins;
  readonly messages: DeviceMessages;
  readonly events: GatewayEvents;
  readonly limits: MqttLimits;
  readonly partialInput: PartialInputMemory;
  /** Of connected clients, by hubs. */
  readonly wills: NamedRooms;
  /** For twin requests that wait, and what devices have not read yet, by hubs. */
  readonly exchanges: NamedRooms;
  readonly writes: WriteBatcher;
  /** Behind a switch, for the SDKs' own test suites. */
  readonly faults: FaultInjector | undefined;
}
