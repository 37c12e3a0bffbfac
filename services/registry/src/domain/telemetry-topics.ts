/** The topics that hold the hubs' telemetry. */
import type { Hub } from './hub.js';

export interface TelemetryTopics {
  nameOf(hubName: string): string;

  /**
   * Resolves when the topic is as the hub is defined; one that is so already stays.
   *
   * @throws HubError IotHubActivationFailed when it cannot be, ServiceUnavailable when nobody answers
   */
  create(hub: Hub): Promise<void>;

  /**
   * Resolves when the topic keeps telemetry as long as the hub says.
   *
   * @throws HubError ServiceUnavailable when nobody answers
   */
  setRetention(hub: Hub): Promise<void>;

  /** Removes the topic with what it holds; one that does not exist is no error. */
  delete(hub: Hub): Promise<void>;
}
