/** The names on which readers of a hub's telemetry agree. Every method throws a HubError. */
export interface ConsumerGroups {
  /** `$Default` first. */
  list(hub: string): Promise<readonly string[]>;
  /** Makes it, or finds it; gives its name as it was first written. */
  create(hub: string, name: string): Promise<string>;
  delete(hub: string, name: string): Promise<void>;
}
