import { HubError } from '@linchpin/wire';
import type { EdgeDevice, PolicyHolder } from './caller.js';
import type { EdgeClaim, ServiceAuthorizer, ServiceClaim } from './service-authorizer.js';

/**
 * Anybody can send a token that must be judged. Fewer at once than the registry has connections to
 * its database, so that it goes on judging devices, whatever comes here.
 */
const atOnceMax = 16;

/** Some seconds' worth: whoever waits behind more would give up before. */
const waitingMax = 1_000;

/** Judges so many signatures at once; the others wait for their turn, and are told when that is too far off. */
export class BoundedAuthorizer implements ServiceAuthorizer {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(private readonly authorizer: ServiceAuthorizer) {}

  /** @throws HubError `ServiceUnavailable` when too many wait already */
  async authorize(claim: ServiceClaim): Promise<PolicyHolder> {
    return this.#inTurn(() => this.authorizer.authorize(claim));
  }

  /** @throws HubError as `authorize` */
  async authorizeEdge(claim: EdgeClaim): Promise<EdgeDevice> {
    return this.#inTurn(() => this.authorizer.authorizeEdge(claim));
  }

  async #inTurn<Judged>(judge: () => Promise<Judged>): Promise<Judged> {
    await this.#begin();
    try {
      return await judge();
    } finally {
      this.#end();
    }
  }

  async #begin(): Promise<void> {
    if (this.#running < atOnceMax) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= waitingMax) {
      throw new HubError('ServiceUnavailable', 'Too many requests wait; try again.', {
        retryAfterMs: 1_000,
      });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the turn on, or gives it back. */
  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#running -= 1;
    } else {
      next();
    }
  }
}
