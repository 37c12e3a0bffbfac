import type { ConnectionSettings } from '@linchpin/amqp';
import type { NamedRooms } from '@linchpin/fairness';
import type { DeviceMessages } from '../domain/device-messages.js';
import type { DeviceTwins } from '../domain/device-twins.js';
import type { FeedbackBatch } from '../domain/feedback.js';
import type { LockedFileNotification } from '../domain/file-notifications.js';
import type { ServiceOpener } from '../domain/open-service.js';
import type { SentMessages } from '../domain/sent-messages.js';
import type { ServiceboundFeeds } from '../domain/servicebound-feed.js';
import type { SessionOpener } from '../domain/open-session.js';
import type { Presence } from '../domain/presence.js';
import type { TelemetryLog } from '../domain/telemetry-log.js';
import type { GatewayEvents } from '../events.js';
import type { ServiceLinkEvents } from '../service-link-events.js';
import type { EventServices } from './event-services.js';
import type { PartialInputMemory } from '../sockets/partial-input-memory.js';
import type { WriteBatcher } from '../sockets/write-batcher.js';

/** What all connections share. */
export interface AmqpServices {
  readonly settings: ConnectionSettings;
  readonly opener: SessionOpener;
  readonly serviceOpener: ServiceOpener;
  readonly telemetryLog: TelemetryLog;
  readonly messages: DeviceMessages;
  readonly sentMessages: SentMessages;
  readonly feedback: ServiceboundFeeds<FeedbackBatch>;
  readonly fileNotifications: ServiceboundFeeds<LockedFileNotification>;
  readonly twins: DeviceTwins;
  readonly presence: Pick<Presence, 'announce'>;
  readonly events: GatewayEvents;
  readonly serviceEvents: ServiceLinkEvents;
  /** The built-in endpoint. */
  readonly reading: EventServices;
  readonly limits: AmqpLimits;
  readonly partialInput: PartialInputMemory;
  /** For what clients ask and back ends send to devices, while it waits; by hubs. */
  readonly exchanges: NamedRooms;
  readonly writes: WriteBatcher;
}

export interface AmqpLimits {
  /** From the end of the TLS handshake to a credential that counts. */
  readonly provenMs: number;
  /** How long a client stays of whom no device is connected, and who has no link of a back end. */
  readonly withoutLinksMs: number;
  /** Messages of one connection that wait to be stored, before it is read no further. */
  readonly pendingMessagesMax: number;
}
