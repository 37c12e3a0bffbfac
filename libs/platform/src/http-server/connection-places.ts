import { originOf } from '@linchpin/auth';
import { OriginCounts, type ClientPlace } from '../tls/index.js';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** Of one client address; of IPv6, of one /64 network. */
  readonly connectionsPerAddressMax: number;
}

/** May be left more than once. */
export type ConnectionPlace = ClientPlace;

/** Bounds the connections that are open: whoever floods from one address leaves room for the others. */
export class ConnectionPlaces {
  readonly #byOrigin = new OriginCounts();
  #taken = 0;

  constructor(private readonly limits: ConnectionLimits) {}

  /** @returns the reason when there is no place */
  enter(address: string): ConnectionPlace | string {
    const origin = originOf(address);
    if (this.#taken >= this.limits.connectionsMax) {
      return 'connections';
    }
    if (this.#byOrigin.of(origin) >= this.limits.connectionsPerAddressMax) {
      return 'connections-of-address';
    }
    this.#taken += 1;
    this.#byOrigin.add(origin);
    let isTaken = true;
    return {
      ended: () => {
        if (isTaken) {
          isTaken = false;
          this.#taken -= 1;
          this.#byOrigin.remove(origin);
        }
      },
    };
  }
}
