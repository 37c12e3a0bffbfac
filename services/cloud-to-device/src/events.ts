/** What happens in this service, each thing in one place with its log line and its metrics. */
import type { AppliedTopicEvents } from '@linchpin/platform/kafka';
import { LoggedTrouble, type Logger } from '@linchpin/platform/logging';
import { Counter, Gauge, Histogram, type Registry } from '@linchpin/platform/metrics';
import type { HintEvents } from './domain/message-hints.js';
import type { MessageEvents, Settlement } from './domain/message-queue.js';
import type { MethodAnswer, MethodCall } from './domain/method-call.js';

/** What goes in the background: what expired, and what is left of who was deleted. */
export type Removed =
  'expired-messages' | 'expired-feedback' | 'deleted-hubs' | 'deleted-identities';

/** `iothub_*` are those that Azure has too (events-monitoring.md section 6). */
export class CloudToDeviceEvents implements AppliedTopicEvents, HintEvents, MessageEvents {
  readonly #methods: Counter<'result'>;
  readonly #requestBytes: Histogram;
  readonly #responseBytes: Histogram;
  readonly #running: Gauge;
  readonly #sends: Counter<'result'>;
  readonly #settlements: Counter<'outcome'>;
  readonly #expired: Counter;
  readonly #purged: Counter;
  readonly #unreadable: Counter<'topic'>;
  readonly #missedHints: LoggedTrouble;
  readonly #removals: Readonly<Record<Removed, LoggedTrouble>>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    const buckets = [16, 64, 256, 1_024, 4_096, 16_384, 65_536, 131_072];
    this.#methods = new Counter({
      name: 'iothub_methods_total',
      help: 'Direct methods that ended; a device that answered makes a success, whatever its status.',
      labelNames: ['result'],
      registers,
    });
    this.#requestBytes = new Histogram({
      name: 'iothub_method_request_bytes',
      help: 'Bytes of the payload of direct methods.',
      buckets,
      registers,
    });
    this.#responseBytes = new Histogram({
      name: 'iothub_method_response_bytes',
      help: 'Bytes of the payload with which devices answered.',
      buckets,
      registers,
    });
    this.#running = new Gauge({
      name: 'linchpin_methods_running',
      help: 'Direct methods that wait for their device or for its answer.',
      registers,
    });
    this.#sends = new Counter({
      name: 'linchpin_c2d_sends_total',
      help: 'Cloud-to-device messages that back ends sent; those of success were stored.',
      labelNames: ['result'],
      registers,
    });
    this.#settlements = new Counter({
      name: 'iothub_c2d_settlements_total',
      help: 'Cloud-to-device messages that receivers completed, rejected or abandoned.',
      labelNames: ['outcome'],
      registers,
    });
    this.#expired = new Counter({
      name: 'iothub_c2d_expired_total',
      help: 'Cloud-to-device messages whose time was over.',
      registers,
    });
    this.#purged = new Counter({
      name: 'linchpin_c2d_purged_total',
      help: 'Cloud-to-device messages that were purged.',
      registers,
    });
    this.#unreadable = new Counter({
      name: 'linchpin_c2d_unreadable_records_total',
      help: 'Records of the registry that could not be read, and were passed over.',
      labelNames: ['topic'],
      registers,
    });
    this.#missedHints = new LoggedTrouble({
      logger,
      stands: 'gateways cannot be told of waiting messages yet; trying again',
      over: 'gateways are told of waiting messages again',
    });
    this.#removals = {
      'expired-messages': removalTrouble(logger, 'messages that expired'),
      'expired-feedback': removalTrouble(logger, 'feedback that expired'),
      'deleted-hubs': removalTrouble(logger, 'messages of deleted hubs'),
      'deleted-identities': removalTrouble(logger, 'messages of deleted identities'),
    };
  }

  /** Settles as the sending does. */
  async sending(sent: Promise<void>): Promise<void> {
    try {
      await sent;
      this.#sends.inc({ result: 'success' });
    } catch (error) {
      // Why stands in the line of the failed rpc.
      this.#sends.inc({ result: 'failure' });
      throw error;
    }
  }

  settled(outcome: Settlement['outcome']): void {
    this.#settlements.inc({ outcome });
  }

  expired(messages: number): void {
    this.#expired.inc(messages);
  }

  purged(messages: number): void {
    this.#purged.inc(messages);
  }

  hintsMissed(error: unknown): void {
    this.#missedHints.meet(error);
  }

  hintsGiven(): void {
    this.#missedHints.end();
  }

  removalFails(removed: Removed, error: unknown): void {
    this.#removals[removed].meet(error);
  }

  removalWorks(removed: Removed): void {
    this.#removals[removed].end();
  }

  recordUnreadable(topic: string, offset: string, error: unknown): void {
    this.#unreadable.inc({ topic });
    this.logger.error({ topic, offset, err: error }, 'a record cannot be read');
  }

  topicUnread(topic: string, error: unknown): void {
    this.logger.warn({ topic, err: error }, 'cannot read a topic yet; trying again');
  }

  /** @returns to be told once: the device's answer, or undefined when there is none */
  methodBegun(call: MethodCall): (answer: MethodAnswer | undefined) => void {
    const startedMs = performance.now();
    this.#running.inc();
    this.#requestBytes.observe(call.payload.length);
    return (answer) => {
      this.#running.dec();
      this.#methods.inc({ result: answer === undefined ? 'failure' : 'success' });
      // Why there is none stands in the line of the failed rpc.
      if (answer !== undefined) {
        this.#responseBytes.observe(answer.payload.length);
        const { hub, identity, payload } = call;
        const line = {
          hub,
          ...identity,
          status: String(answer.status),
          requestBytes: payload.length,
          responseBytes: answer.payload.length,
          durationMs: Math.round(performance.now() - startedMs),
        };
        this.logger.info(line, 'method answered');
      }
    };
  }
}

function removalTrouble(logger: Logger, what: string): LoggedTrouble {
  return new LoggedTrouble({
    logger,
    stands: `${what} cannot be removed yet; trying again`,
    over: `${what} are removed again`,
  });
}
