import { setTimeout as delay } from 'node:timers/promises';
import type { HubAdministration } from './domain/hub-administration.js';
import type { RegistryEvents } from './events.js';

interface UnfinishedHubsParts {
  readonly administration: HubAdministration;
  readonly events: RegistryEvents;
}

/** Whoever's process ended between two steps of a hub waits no longer than this. */
const periodMs = 60_000;

/** Goes on, at the start and now and then, with what processes left half done when they ended. */
export class UnfinishedHubs {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  private constructor(private readonly parts: UnfinishedHubsParts) {
    this.#done = this.#run();
  }

  static start(parts: UnfinishedHubsParts): UnfinishedHubs {
    return new UnfinishedHubs(parts);
  }

  /** The hub in hand is finished first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#finishAll(signal);
      await delay(periodMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #finishAll(signal: AbortSignal): Promise<void> {
    for (const name of await this.#list()) {
      if (signal.aborted) {
        return;
      }
      await this.#finish(name);
    }
  }

  async #list(): Promise<readonly string[]> {
    try {
      return await this.parts.administration.listUnfinished();
    } catch (error) {
      this.parts.events.unfinishedHubsUnknown(error);
      return [];
    }
  }

  async #finish(name: string): Promise<void> {
    const { administration, events } = this.parts;
    try {
      await administration.finish(name);
      events.hubFinished(name);
    } catch (error) {
      events.hubUnfinished(name, error);
    }
  }
}
