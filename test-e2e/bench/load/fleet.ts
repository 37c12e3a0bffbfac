/** Many devices, connected to one server. */
import { inParallel } from '../../support/in-parallel.js';
import type { Device } from '../devices.js';
import { Latencies } from './latencies.js';
import type { Endpoint, LoadConnection } from './load-connection.js';
import { loadProtocols } from './load-protocols.js';

/** How many come at once. */
const openingMax = 50;
const closingMax = 200;

export class Fleet {
  #connections: readonly LoadConnection[] = [];
  readonly #losses: Error[] = [];
  /** From the beginning of TCP's handshake until it was let in. */
  readonly connecting = new Latencies();

  private constructor() {
    // Opened, not made.
  }

  /** As fast as the server lets them in, with a bounded number of them on the way. */
  static async open(endpoint: Endpoint, devices: readonly Device[]): Promise<Fleet> {
    const fleet = new Fleet();
    const onLost = (error: Error): void => {
      fleet.#losses.push(error);
    };
    const { open } = loadProtocols[endpoint.protocol];
    fleet.#connections = await inParallel(devices, openingMax, async (device) => {
      const startedMs = performance.now();
      const connection = await open(endpoint, device, onLost);
      fleet.connecting.record(performance.now() - startedMs);
      return connection;
    });
    return fleet;
  }

  /** In the order of the devices. */
  get connections(): readonly LoadConnection[] {
    return this.#connections;
  }

  /** @throws Error when a connection has ended meanwhile: what was measured means nothing then */
  requireWhole(): void {
    const [cause] = this.#losses;
    if (cause !== undefined) {
      const all = this.#connections.length;
      throw new Error(`${this.#losses.length} of ${all} connections were lost`, { cause });
    }
  }

  async close(): Promise<void> {
    await inParallel(this.#connections, closingMax, (connection) => connection.close());
  }
}
