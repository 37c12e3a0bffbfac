/**
 * As much as a server takes: each connection keeps so many messages on their way and sends the next
 * when an earlier one is acknowledged.
 */
import type { Latencies } from './latencies.js';
import type { AcknowledgementListener, LoadConnection } from './load-connection.js';
import type { MessageTemplate } from './message-template.js';

interface SaturationOptions {
  readonly connections: readonly LoadConnection[];
  /** One a connection. */
  readonly templates: readonly MessageTemplate[];
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

/** The oldest on its way may be so many windows behind the newest. */
const windowsApart = 4;

class SaturatingSender implements AcknowledgementListener {
  /** By id, of as many as may be on their way. */
  readonly #sentMs: Float64Array;
  readonly #idMax: number;
  #lastId = 0;
  #acknowledged = 0;
  #isStopped = false;

  constructor(
    private readonly connection: LoadConnection,
    private readonly template: MessageTemplate,
    private readonly options: Pick<SaturationOptions, 'window' | 'latencies'>,
  ) {
    const apart = windowsApart * options.window;
    this.#sentMs = new Float64Array(apart);
    // So that the first ids have no place of the last.
    this.#idMax = template.idMax - (template.idMax % apart);
    connection.listen(this);
  }

  start(): void {
    this.#send(this.options.window);
  }

  stop(): void {
    this.#isStopped = true;
  }

  acknowledged(id: number, nowMs: number): void {
    this.options.latencies.record(nowMs - (this.#sentMs[id % this.#sentMs.length] ?? NaN));
    this.#acknowledged += 1;
  }

  turnEnded(): void {
    const count = this.#acknowledged;
    this.#acknowledged = 0;
    if (!this.#isStopped && count > 0) {
      this.#send(count);
    }
  }

  #send(count: number): void {
    const nowMs = performance.now();
    const ids: number[] = [];
    for (let index = 0; index < count; index++) {
      this.#lastId = (this.#lastId % this.#idMax) + 1;
      this.#sentMs[this.#lastId % this.#sentMs.length] = nowMs;
      ids.push(this.#lastId);
    }
    this.connection.send(this.template.messages(ids));
  }
}
