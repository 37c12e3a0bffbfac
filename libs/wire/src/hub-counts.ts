/** How many hubs a subscription has. */
export interface HubCounts {
  /** Those of the tier F1. */
  readonly free: number;
  readonly paid: number;
}
