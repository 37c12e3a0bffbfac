import type { Client } from '@grpc/grpc-js';
import { createGrpcClient, type ClientConstructor, type ClientSettings } from './client.js';

/** Longer than any call; processes that nobody asked for so long are gone, mostly. */
const idleMs = 10 * 60_000;

type AddressedSettings = Pick<ClientSettings, 'tls' | 'streamed'>;

interface Kept<Created> {
  readonly client: Created;
  lastUsedMs: number;
}

/** Clients of a service of which each process is called at its own address. */
export class ClientsByAddress<Created extends Client> {
  readonly #kept = new Map<string, Kept<Created>>();

  constructor(
    private readonly constructorOf: ClientConstructor<Created>,
    private readonly settings: AddressedSettings,
  ) {}

  /** For one call; clients that were not used for ten minutes are closed. @param address `host:port` */
  at(address: string): Created {
    const now = performance.now();
    this.#closeIdle(now);
    let kept = this.#kept.get(address);
    if (kept === undefined) {
      const client = createGrpcClient(this.constructorOf, {
        ...this.settings,
        address,
        streamCount: 1,
      });
      kept = { client, lastUsedMs: now };
      this.#kept.set(address, kept);
    }
    kept.lastUsedMs = now;
    return kept.client;
  }

  close(): void {
    this.#closeIdle(Infinity);
  }

  #closeIdle(now: number): void {
    for (const [address, { client, lastUsedMs }] of this.#kept) {
      if (now - lastUsedMs > idleMs) {
        client.close();
        this.#kept.delete(address);
      }
    }
  }
}
