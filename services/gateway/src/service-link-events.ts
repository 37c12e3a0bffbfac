/** What happens to links of back ends: metrics and log lines. */
import type { Logger } from '@linchpin/platform/logging';
import { Counter, Gauge, type Registry } from '@linchpin/platform/metrics';
import { HubError, type EndCause } from '@linchpin/wire';
import { LinkRefusal } from './amqp/link-refusal.js';
import type { PolicyGrant } from './domain/policy-tokens.js';
import { failureFields, nameOf } from './failure-fields.js';

export interface ServiceLinkFacts {
  /** Names the link in the log. */
  readonly linkId: string;
  readonly remoteAddress: string;
  /** What is at its address. */
  readonly kind: string;
}

/** One link's figures, from its attach to its end. */
export interface ServiceLinkRecord extends ServiceLinkFacts {
  readonly grant: PolicyGrant;
  readonly openedMs: number;
  /** That it has taken from the back end, or given to it. */
  messages: number;
}

export class ServiceLinkEvents {
  readonly #open = new Set<ServiceLinkRecord>();
  readonly #refused: Counter<'reason'>;
  readonly #ended: Counter<'cause'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
    /** ms, as `performance.now()` counts them. */
    private readonly clock: () => number = () => performance.now(),
  ) {
    const registers = [metrics];
    this.#refused = new Counter({
      name: 'linchpin_gateway_service_links_refused_total',
      help: 'Links of back ends that were refused, by error code.',
      labelNames: ['reason'],
      registers,
    });
    this.#ended = new Counter({
      name: 'linchpin_gateway_service_links_ended_total',
      help: 'Links of back ends that ended, by cause.',
      labelNames: ['cause'],
      registers,
    });
    this.#addGauge(registers);
  }

  /** @param link its record when the back end was let in, and what it asks for is refused */
  refused(link: ServiceLinkFacts | ServiceLinkRecord, error: unknown): void {
    const failure = causeOf(error);
    this.#refused.inc({ reason: nameOf(failure) });
    const line = 'grant' in link ? this.#forget(link) : { ...link, protocol: 'amqp' };
    this.#log({ ...line, ...failureFields(failure) }, 'service link refused', failure);
  }

  opened(facts: ServiceLinkFacts, grant: PolicyGrant): ServiceLinkRecord {
    const record = { ...facts, grant, openedMs: this.clock(), messages: 0 };
    this.#open.add(record);
    return record;
  }

  /** @param error for which the gateway has ended it */
  ended(record: ServiceLinkRecord, cause: EndCause, error?: unknown): void {
    const failure = causeOf(error);
    this.#ended.inc({ cause });
    const line = { ...this.#forget(record), cause, ...failureFields(failure) };
    this.#log(line, 'service link ended', failure);
  }

  /** A request by a link is answered with an error; of one that was foreseen the client alone is told. */
  requestFailed(error: unknown): void {
    const failure = causeOf(error);
    if (!isForeseen(failure)) {
      this.logger.error({ protocol: 'amqp', err: failure }, 'service request failed');
    }
  }

  #forget(record: ServiceLinkRecord): object {
    this.#open.delete(record);
    const { grant, openedMs, ...facts } = record;
    const { hub, policy } = grant;
    const durationMs = Math.round(this.clock() - openedMs);
    return { hub, policy, ...facts, protocol: 'amqp', durationMs };
  }

  #log(line: object, message: string, failure: unknown): void {
    if (isForeseen(failure)) {
      this.logger.info(line, message);
    } else {
      this.logger.error({ ...line, err: failure }, message);
    }
  }

  #addGauge(registers: Registry[]): void {
    const open = this.#open;
    new Gauge({
      name: 'linchpin_gateway_service_links',
      help: 'Links of back ends to this gateway, by what is at their address.',
      labelNames: ['hub', 'kind'] as const,
      registers,
      collect() {
        this.reset();
        for (const { grant, kind } of open) {
          this.inc({ hub: grant.hub, kind });
        }
      },
    });
  }
}

/** What a client is told may only be that it shall try again. */
function causeOf(error: unknown): unknown {
  return error instanceof LinkRefusal ? (error.cause ?? error) : error;
}

function isForeseen(failure: unknown): boolean {
  return failure === undefined || failure instanceof HubError || failure instanceof LinkRefusal;
}
