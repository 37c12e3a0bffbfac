import {
  azureLimits,
  HubError,
  subscriptionSource,
  type DeviceIdentityId,
  type SubscriptionSource,
} from '@linchpin/wire';

/** What one identity is subscribed to (device-mqtt.md sections 2.7 and 4.4). */
export class Subscriptions {
  readonly #qosByFilter = new Map<string, number>();

  constructor(
    private readonly identity: DeviceIdentityId,
    kept: ReadonlyMap<string, number>,
  ) {
    for (const [filter, qos] of kept) {
      this.#qosByFilter.set(filter, qos);
    }
  }

  /**
   * Adds filters; one that is there already takes the new QoS.
   *
   * @returns the QoS granted to each, in their order: 1 where 2 was asked for
   * @throws HubError `ArgumentInvalid` for a filter that this identity may not have, and for a sixth
   */
  add(filters: readonly { readonly topic: string; readonly qos: number }[]): number[] {
    for (const { topic } of filters) {
      subscriptionSource(topic, this.identity);
    }
    const granted = filters.map(({ qos }) => Math.min(qos, 1));
    for (const [index, { topic }] of filters.entries()) {
      this.#qosByFilter.set(topic, granted[index] ?? 0);
    }
    if (this.#qosByFilter.size > azureLimits.subscriptionsPerConnectionMax) {
      throw new HubError(
        'ArgumentInvalid',
        `More than ${azureLimits.subscriptionsPerConnectionMax} subscriptions.`,
      );
    }
    return granted;
  }

  /** @returns those that were there: at most as many as may be, however many were named */
  remove(filters: readonly string[]): string[] {
    return filters.filter((filter) => this.#qosByFilter.delete(filter));
  }

  includes(source: SubscriptionSource): boolean {
    return this.qosOf(source) !== undefined;
  }

  /** The greatest of all filters that stand for it [MQTT-3.3.5-1]; undefined when none does. */
  qosOf(source: SubscriptionSource): number | undefined {
    let greatest: number | undefined;
    for (const [filter, qos] of this.#qosByFilter) {
      if (subscriptionSource(filter, this.identity) === source) {
        greatest = Math.max(greatest ?? 0, qos);
      }
    }
    return greatest;
  }
}
