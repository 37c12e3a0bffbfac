/** What happens in this service, each thing in one place with its log line and its metrics. */
import type { AppliedTopicEvents } from '@linchpin/platform/kafka';
import { LoggedTrouble, type Logger } from '@linchpin/platform/logging';
import { Counter, type Registry } from '@linchpin/platform/metrics';
import type { HubId } from '@linchpin/wire';
import type { NotifierEvents } from './domain/desired-notifier.js';

export class TwinEvents implements NotifierEvents, AppliedTopicEvents {
  readonly #registryChanges: Counter;
  readonly #unreadable: Counter<'topic'>;
  readonly #untold: LoggedTrouble;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    this.#untold = new LoggedTrouble({
      logger,
      stands: 'devices cannot be told of changes yet; trying again',
      over: 'devices are told of changes again',
    });
    this.#registryChanges = new Counter({
      name: 'linchpin_twin_registry_changes_total',
      help: 'Changes of the registry that this process has taken into the copy.',
      registers,
    });
    this.#unreadable = new Counter({
      name: 'linchpin_twin_unreadable_records_total',
      help: 'Records that could not be read, and were passed over.',
      labelNames: ['topic'],
      registers,
    });
  }

  registryChangesApplied(records: number): void {
    this.#registryChanges.inc(records);
  }

  recordUnreadable(topic: string, offset: string, error: unknown): void {
    this.#unreadable.inc({ topic });
    this.logger.error({ topic, offset, err: error }, 'a record cannot be read');
  }

  /** Comes again until it heals, so it is short. */
  topicUnread(topic: string, error: unknown): void {
    this.logger.warn({ topic, reason: textOf(error) }, 'cannot read a topic yet; trying again');
  }

  devicesUntold(error: unknown): void {
    this.#untold.meet(error);
  }

  devicesTold(): void {
    this.#untold.end();
  }

  hubCopied({ hub }: HubId, identities: number): void {
    this.logger.info({ hub, identities }, 'identities of a hub copied');
  }

  hubsUncopied(error: unknown): void {
    this.logger.warn({ reason: textOf(error) }, 'could not copy the identities of all hubs yet');
  }

  deletedHubsUnremoved(error: unknown): void {
    this.logger.warn({ reason: textOf(error) }, 'could not remove twins of deleted hubs yet');
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
