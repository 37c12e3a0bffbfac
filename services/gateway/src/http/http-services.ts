import type { NamedRooms } from '@linchpin/fairness';
import type { ConnectionTable } from '../domain/connection-table.js';
import type { DeviceMessages } from '../domain/device-messages.js';
import type { FileUploads } from '../domain/file-uploads.js';
import type { HubLimiters } from '../domain/hub-limiters.js';
import type { SessionOpener } from '../domain/open-session.js';
import type { TelemetryLog } from '../domain/telemetry-log.js';
import type { DeviceCallEvents } from '../device-call-events.js';
import type { GatewayEvents } from '../events.js';

/** What all calls share. */
export interface HttpServices {
  readonly opener: Pick<SessionOpener, 'judge'>;
  readonly table: ConnectionTable;
  readonly limiters: HubLimiters;
  readonly telemetryLog: TelemetryLog;
  readonly messages: DeviceMessages;
  readonly uploads: FileUploads;
  readonly events: GatewayEvents;
  readonly callEvents: DeviceCallEvents;
  /** For bodies that are being read, by hubs. */
  readonly bodies: NamedRooms;
}
