/**
 * Where consumer groups are kept, all but `$Default`. Names are compared without regard to letter
 * case. Every method throws HubError GenericNotFound when no hub has the name.
 */
export interface ConsumerGroupStore {
  /** In the letter case of their creation, by name. */
  list(hub: string): Promise<readonly string[]>;

  /**
   * @returns false when the hub has a group of that name already
   * @throws HubError ArgumentInvalid when it has `groupsMax` of them
   */
  insert(hub: string, name: string, groupsMax: number): Promise<boolean>;

  /** @returns whether there was one */
  delete(hub: string, name: string): Promise<boolean>;
}
