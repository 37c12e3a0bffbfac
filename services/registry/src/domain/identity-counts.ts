/** How many identities there are (service-rest.md section 6). */

/** Devices only; modules are not counted. */
export interface DeviceStatistics {
  readonly total: number;
  readonly enabled: number;
  readonly disabled: number;
  readonly connected: number;
}

export interface IdentityCounts {
  /** Devices and modules together. @throws HubError IotHubNotFound */
  count(hub: string): Promise<number>;

  /** @throws HubError IotHubNotFound */
  statistics(hub: string): Promise<DeviceStatistics>;

  /** Of every active hub, by name. */
  statisticsOfAll(): Promise<ReadonlyMap<string, DeviceStatistics>>;
}
