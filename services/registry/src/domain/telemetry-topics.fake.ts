import { HubError } from '@linchpin/wire';
import type { Hub } from './hub.js';
import type { TelemetryTopics } from './telemetry-topics.js';

/** Keeps topics in memory; a test may take the log down. */
export class InMemoryTelemetryTopics implements TelemetryTopics {
  /** Partitions by topic. */
  readonly topics = new Map<string, number>();
  /** Days by topic. */
  readonly retentions = new Map<string, number>();
  isDown = false;

  nameOf(hubName: string): string {
    return `events.${hubName.toLowerCase()}`;
  }

  async create(hub: Hub): Promise<void> {
    await this.#turn();
    const name = this.nameOf(hub.name);
    const isSame =
      this.topics.get(name) === hub.partitionCount &&
      (this.retentions.get(name) ?? hub.retentionDays) === hub.retentionDays;
    if (this.topics.has(name) && !isSame) {
      throw new HubError('IotHubActivationFailed', 'The topic is another.');
    }
    this.topics.set(this.nameOf(hub.name), hub.partitionCount);
    this.retentions.set(this.nameOf(hub.name), hub.retentionDays);
  }

  async setRetention(hub: Hub): Promise<void> {
    await this.#turn();
    this.retentions.set(this.nameOf(hub.name), hub.retentionDays);
  }

  async delete(hub: Hub): Promise<void> {
    await this.#turn();
    this.topics.delete(this.nameOf(hub.name));
    this.retentions.delete(this.nameOf(hub.name));
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.isDown) {
      throw new HubError('ServiceUnavailable', 'Nobody answers.');
    }
  }
}
