/**
 * As much as a server takes: each connection keeps so many messages on their way and sends the next
 * with the PUBACK of an earlier one.
 */
import type { Latencies } from './latencies.js';
import type { LoadConnection, PubackListener } from './load-connection.js';
import type { PublishTemplate } from './publish-template.js';

interface SaturationOptions {
  readonly connections: readonly LoadConnection[];
  /** One a connection. */
  readonly templates: readonly PublishTemplate[];
  /** Messages on their way, a connection. */
  readonly window: number;
  readonly latencies: Latencies;
}

export class Saturation {
  readonly #senders: readonly SaturatingSender[];

  constructor({ connections, templates, window, latencies }: SaturationOptions) {
    this.#senders = connections.map((connection, index) => {
      const template = templates[index];
      if (template === undefined) {
        throw new RangeError('each connection needs a template of its own');
      }
      return new SaturatingSender(connection, template, { window, latencies });
    });
  }

  start(): void {
    for (const sender of this.#senders) {
      sender.start();
    }
  }

  /** Sends no more; what is on its way is still acknowledged. */
  stop(): void {
    for (const sender of this.#senders) {
      sender.stop();
    }
  }
}

class SaturatingSender implements PubackListener {
  /** By packet id, which is the place in the window: 1, 2, … */
  readonly #sentMs: Float64Array;
  #acknowledged: number[] = [];
  #isStopped = false;

  constructor(
    private readonly connection: LoadConnection,
    private readonly template: PublishTemplate,
    private readonly options: Pick<SaturationOptions, 'window' | 'latencies'>,
  ) {
    this.#sentMs = new Float64Array(options.window + 1);
    connection.listen(this);
  }

  start(): void {
    this.#send(Array.from({ length: this.options.window }, (_, index) => index + 1));
  }

  stop(): void {
    this.#isStopped = true;
  }

  acknowledged(packetId: number, nowMs: number): void {
    this.options.latencies.record(nowMs - (this.#sentMs[packetId] ?? NaN));
    this.#acknowledged.push(packetId);
  }

  turnEnded(): void {
    const packetIds = this.#acknowledged;
    this.#acknowledged = [];
    if (!this.#isStopped && packetIds.length > 0) {
      this.#send(packetIds);
    }
  }

  #send(packetIds: readonly number[]): void {
    const nowMs = performance.now();
    for (const packetId of packetIds) {
      this.#sentMs[packetId] = nowMs;
    }
    this.connection.send(this.template.packets(packetIds));
  }
}
