import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from './domain/audit-log.js';
import type { RegistryEvents } from './events.js';

interface AuditRetentionParts {
  readonly auditLog: AuditLog;
  readonly events: RegistryEvents;
  /** So long an entry is kept. */
  readonly days: number;
}

const periodMs = 3_600_000;
const dayMs = 86_400_000;

/** Removes, at the start and each hour, the audit entries that are older than they are kept. */
export class AuditRetention {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor(private readonly parts: AuditRetentionParts) {
    this.#done = this.#run();
  }

  static start(parts: AuditRetentionParts): AuditRetention {
    return new AuditRetention(parts);
  }

  /** The piece in hand is finished first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#removeAll(signal);
      await delay(periodMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #removeAll(signal: AbortSignal): Promise<void> {
    const { auditLog, events, days } = this.parts;
    const before = new Date(Date.now() - days * dayMs);
    try {
      let removed = Number.POSITIVE_INFINITY;
      while (removed > 0 && !signal.aborted) {
        removed = await auditLog.removeOlder(before);
        if (removed > 0) {
          events.auditEntriesRemoved(removed);
        }
      }
    } catch (error) {
      events.auditEntriesUnremoved(error);
    }
  }
}
