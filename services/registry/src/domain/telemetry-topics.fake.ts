import { HubError } from '@linchpin/wire';
import type { Hub } from './hub.js';
import type { TelemetryTopics } from './telemetry-topics.js';

/** Keeps topics in memory; a test may take the log down. */
export class InMemoryTelemetryTopics implements TelemetryTopics {
  /** Partitions by topic. */
  readonly topics = new Map<string, number>();
  isDown = false;

  nameOf(hubName: string): string {
    return `events.${hubName.toLowerCase()}`;
  }

  async create(hub: Hub): Promise<void> {
    await this.#turn();
    const partitions = this.topics.get(this.nameOf(hub.name));
    if (partitions !== undefined && partitions !== hub.partitionCount) {
      throw new HubError('IotHubActivationFailed', 'The topic is another.');
    }
    this.topics.set(this.nameOf(hub.name), hub.partitionCount);
  }

  async delete(hub: Hub): Promise<void> {
    await this.#turn();
    this.topics.delete(this.nameOf(hub.name));
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.isDown) {
      throw new HubError('ServiceUnavailable', 'Nobody answers.');
    }
  }
}
