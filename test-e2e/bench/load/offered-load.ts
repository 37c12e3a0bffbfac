/** So many messages a second, evenly over time and over all connections in turn. */
import type { Latencies } from './latencies.js';
import type { AcknowledgementListener, LoadConnection } from './load-connection.js';
import type { MessageTemplate } from './message-template.js';
import { Schedule } from './schedule.js';

interface OfferedLoadOptions {
  readonly connections: readonly LoadConnection[];
  /** One a connection. */
  readonly templates: readonly MessageTemplate[];
  readonly messagesPerSecond: number;
  /** From when a message was due until it is acknowledged. */
  readonly latencies: Latencies;
  /** From when a message was due until the generator itself had sent it: a part of the above. */
  readonly lags: Latencies;
}

/** As fine as timers are. */
const tickMs = 1;

export class OfferedLoad {
  readonly #senders: readonly OfferingSender[];
  readonly #schedule: Schedule;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: OfferedLoadOptions) {
    const { connections, templates, messagesPerSecond, latencies } = options;
    this.#senders = connections.map((connection, index) => {
      const template = templates[index];
      if (template === undefined) {
        throw new RangeError('each connection needs a template of its own');
      }
      return new OfferingSender(connection, template, latencies);
    });
    this.#schedule = new Schedule(performance.now(), messagesPerSecond);
    this.#tick();
  }

  /** Messages that are not acknowledged. */
  get pending(): number {
    return this.#senders.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Sends no more; what is on its way is still acknowledged. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const { number, dueMs } of this.#schedule.due(nowMs)) {
      this.#senders[number % this.#senders.length]?.send(dueMs);
      this.options.lags.record(nowMs - dueMs);
    }
    this.#timer = setTimeout(() => {
      this.#tick();
    }, tickMs);
  }
}

/** So many of one connection may wait: more than any server here leaves behind. */
const pendingMax = 4_096;

class OfferingSender implements AcknowledgementListener {
  readonly #dueMs = new Float64Array(pendingMax);
  #lastId = 0;
  #pending = 0;

  constructor(
    private readonly connection: LoadConnection,
    private readonly template: MessageTemplate,
    private readonly latencies: Latencies,
  ) {
    connection.listen(this);
  }

  get pending(): number {
    return this.#pending;
  }

  send(dueMs: number): void {
    if (this.#pending === pendingMax) {
      throw new Error(`${pendingMax} messages of one connection are not acknowledged`);
    }
    this.#pending += 1;
    this.#lastId = (this.#lastId % this.template.idMax) + 1;
    this.#dueMs[this.#lastId % pendingMax] = dueMs;
    this.connection.send(this.template.messages([this.#lastId]));
  }

  acknowledged(id: number, nowMs: number): void {
    this.#pending -= 1;
    this.latencies.record(nowMs - (this.#dueMs[id % pendingMax] ?? NaN));
  }

  turnEnded(): void {
    // It sends by the clock alone.
  }
}
