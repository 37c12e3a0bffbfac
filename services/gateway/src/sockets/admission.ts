import { originOf } from '@linchpin/auth';
import { OriginCounts } from '@linchpin/platform/tls';

export interface AdmissionLimits {
  /** Connections of one address (IPv6: of one /64 network) whose client has not proven a credential. */
  readonly unauthenticatedPerAddressMax: number;
  /** The same over all addresses. */
  readonly unauthenticatedMax: number;
  readonly connectionsMax: number;
}

/** One connection's place; every state is left once. */
export interface AdmissionSlot {
  /** The client's credential was accepted: it no longer counts as unauthenticated. */
  admitted(): void;
  ended(): void;
}

/**
 * Bounds what anybody may make the gateway hold before showing a credential. A flood from one address
 * leaves room for the others.
 */
export class Admission {
  readonly #unauthenticatedByOrigin = new OriginCounts();
  #unauthenticated = 0;
  #connections = 0;

  constructor(private readonly limits: AdmissionLimits) {}

  /** How many of those who have shown no credential may be there at once. */
  get unauthenticatedMax(): number {
    return this.limits.unauthenticatedMax;
  }

  /** @returns the reason when there is no place */
  enter(address: string): AdmissionSlot | string {
    const { unauthenticatedPerAddressMax, unauthenticatedMax, connectionsMax } = this.limits;
    const origin = originOf(address);
    if (this.#connections >= connectionsMax) {
      return 'connections';
    }
    if (this.#unauthenticated >= unauthenticatedMax) {
      return 'unauthenticated';
    }
    if (this.#unauthenticatedByOrigin.of(origin) >= unauthenticatedPerAddressMax) {
      return 'unauthenticated-of-address';
    }
    this.#connections += 1;
    this.#unauthenticated += 1;
    this.#unauthenticatedByOrigin.add(origin);
    return this.#slot(origin);
  }

  #slot(origin: string): AdmissionSlot {
    let state: 'unauthenticated' | 'admitted' | 'ended' = 'unauthenticated';
    return {
      admitted: () => {
        if (state === 'unauthenticated') {
          state = 'admitted';
          this.#leaveUnauthenticated(origin);
        }
      },
      ended: () => {
        if (state === 'unauthenticated') {
          this.#leaveUnauthenticated(origin);
        }
        if (state !== 'ended') {
          state = 'ended';
          this.#connections -= 1;
        }
      },
    };
  }

  #leaveUnauthenticated(origin: string): void {
    this.#unauthenticated -= 1;
    this.#unauthenticatedByOrigin.remove(origin);
  }
}
