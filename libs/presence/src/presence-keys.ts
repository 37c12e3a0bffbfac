/** The names of what gateways keep in Redis of who is connected; see their `presence-scripts.ts`. */
export class PresenceKeys {
  readonly gateways: string;
  readonly dataset: string;
  readonly events: string;
  readonly relayLease: string;
  readonly deletedHubs: string;
  readonly forgettingLease: string;

  /** @param prefix keeps deployments that share a Redis apart */
  constructor(readonly prefix: string) {
    this.gateways = `${prefix}gateways`;
    this.dataset = `${prefix}dataset`;
    this.events = `${prefix}connection-events`;
    this.relayLease = `${prefix}relay`;
    this.deletedHubs = `${prefix}deleted-hubs`;
    this.forgettingLease = `${prefix}forgetting`;
  }

  presence(identity: string): string {
    return `${this.prefix}presence:${identity}`;
  }

  session(identity: string): string {
    return `${this.prefix}session:${identity}`;
  }

  /** A channel: direct methods reach the identity from now on. */
  arrivals(identity: string): string {
    return `${this.prefix}arrivals:${identity}`;
  }

  modules(device: string): string {
    return `${this.prefix}modules:${device}`;
  }

  withdrawn(connectionId: string): string {
    return `${this.prefix}withdrawn:${connectionId}`;
  }

  held(gatewayId: string): string {
    return `${this.prefix}held:${gatewayId}`;
  }

  lease(gatewayId: string): string {
    return `${this.prefix}lease:${gatewayId}`;
  }
}
