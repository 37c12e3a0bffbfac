/** What happens to links of back ends: metrics and log lines. */
import type { Logger } from '@linchpin/platform/logging';
import { Counter, Gauge, type Registry } from '@linchpin/platform/metrics';
import { HubError, type EndCause } from '@linchpin/wire';
import type { PolicyGrant } from './domain/policy-tokens.js';
import { failureFields, nameOf } from './failure-fields.js';

interface ServiceLinkFacts {
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

  refused(facts: ServiceLinkFacts, error: unknown): void {
    this.#refused.inc({ reason: nameOf(error) });
    const line = { ...facts, protocol: 'amqp', ...failureFields(error) };
    if (error instanceof HubError) {
      this.logger.info(line, 'service link refused');
    } else {
      this.logger.error({ ...line, err: error }, 'service link refused');
    }
  }

  opened(facts: ServiceLinkFacts, grant: PolicyGrant): ServiceLinkRecord {
    const record = { ...facts, grant, openedMs: this.clock(), messages: 0 };
    this.#open.add(record);
    return record;
  }

  ended(record: ServiceLinkRecord, cause: EndCause): void {
    this.#open.delete(record);
    this.#ended.inc({ cause });
    const { grant, openedMs, ...facts } = record;
    const { hub, policy } = grant;
    const durationMs = Math.round(this.clock() - openedMs);
    const line = { hub, policy, ...facts, protocol: 'amqp', cause, durationMs };
    this.logger.info(line, 'service link ended');
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
