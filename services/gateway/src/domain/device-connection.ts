import type { EndCause, HubId } from '@linchpin/wire';
import type { AccessHolder } from './access-entry.js';
import type { DeviceDownlink } from './device-downlink.js';

/** A connection as the rest of the gateway sees it, whatever its protocol. */
export interface DeviceConnection extends AccessHolder {
  /** Unique over all gateways. */
  readonly id: string;

  /** The client's credential was accepted, and is one of this hub: it may wait for what it does not get at once. */
  proven(hub: HubId): void;

  /** Waits while the client is being let in; undefined when it was not, or the connection has ended. */
  downlink(): Promise<DeviceDownlink | undefined>;

  /**
   * Ends it at once. Resolves when all that it sent is stored, its will included, and the messages that it did not
   * take wait again.
   */
  end(cause: EndCause): Promise<void>;

  /** Reads no more, answers what it has read, and ends then. */
  drain(): Promise<void>;
}
