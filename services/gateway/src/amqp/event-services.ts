import type { NamedRooms } from '@linchpin/fairness';
import type { EventLog } from '../domain/event-log.js';
import type { EventReaders } from '../domain/event-readers.js';
import type { EventHubs } from './event-hub.js';

/** What readers of events share. */
export interface EventServices {
  readonly eventHubs: EventHubs;
  readonly log: EventLog;
  readonly readers: EventReaders;
  /** For what was read and is not wanted yet, by hubs. */
  readonly readAhead: NamedRooms;
  /** Where clients reach AMQP. */
  readonly publicPort: number;
}
