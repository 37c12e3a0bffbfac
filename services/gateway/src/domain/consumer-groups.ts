/** The consumer groups of hubs' built-in endpoints. */
export interface ConsumerGroups {
  /** All of a hub, as they are written. @throws HubError, `ServiceUnavailable` among them */
  list(hub: string): Promise<readonly string[]>;
}
