export interface AdmissionLimits {
  /** Connections of one address whose client has not been let in yet. */
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
  readonly #unauthenticatedByAddress = new Map<string, number>();
  #unauthenticated = 0;
  #connections = 0;

  constructor(private readonly limits: AdmissionLimits) {}

  /** @returns the reason when there is no place */
  enter(address: string): AdmissionSlot | string {
    const { unauthenticatedPerAddressMax, unauthenticatedMax, connectionsMax } = this.limits;
    const sameAddress = this.#unauthenticatedByAddress.get(address) ?? 0;
    if (this.#connections >= connectionsMax) {
      return 'connections';
    }
    if (this.#unauthenticated >= unauthenticatedMax) {
      return 'unauthenticated';
    }
    if (sameAddress >= unauthenticatedPerAddressMax) {
      return 'unauthenticated-of-address';
    }
    this.#connections += 1;
    this.#unauthenticated += 1;
    this.#unauthenticatedByAddress.set(address, sameAddress + 1);
    return this.#slot(address);
  }

  #slot(address: string): AdmissionSlot {
    let state: 'unauthenticated' | 'admitted' | 'ended' = 'unauthenticated';
    return {
      admitted: () => {
        if (state === 'unauthenticated') {
          state = 'admitted';
          this.#leaveUnauthenticated(address);
        }
      },
      ended: () => {
        if (state === 'unauthenticated') {
          this.#leaveUnauthenticated(address);
        }
        if (state !== 'ended') {
          state = 'ended';
          this.#connections -= 1;
        }
      },
    };
  }

  #leaveUnauthenticated(address: string): void {
    this.#unauthenticated -= 1;
    const left = (this.#unauthenticatedByAddress.get(address) ?? 1) - 1;
    if (left === 0) {
      this.#unauthenticatedByAddress.delete(address);
    } else {
      this.#unauthenticatedByAddress.set(address, left);
    }
  }
}
