import type { NamedRooms } from '@linchpin/fairness';

/**
 * The memory for what has come and is not whole, of all connections. Apart, so that those who have shown no
 * credential yet cannot take what devices need for messages that come in pieces.
 */
export interface PartialInputMemory {
  /** By addresses (`originOf`). */
  readonly unauthenticated: NamedRooms;
  /** By hubs. */
  readonly connected: NamedRooms;
}
