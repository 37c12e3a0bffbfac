import { originOf } from '@linchpin/auth';
import { FairTurns, type TurnTaker } from '@linchpin/fairness';
import type { EdgeDevice, PolicyHolder } from './caller.js';
import type { EdgeClaim, ServiceAuthorizer, ServiceClaim } from './service-authorizer.js';

/**
 * Anybody can send a token that must be judged. Fewer at once than the registry has connections to
 * its database, so that it goes on judging devices, whatever comes here.
 */
const atOnceMax = 16;

/** Whoever waits for longer would give up before. */
const waitMsMax = 5_000;

/** Judges so many signatures at once, in fair turns of the addresses from which they come. */
export class FairAuthorizer implements ServiceAuthorizer {
  readonly #turns = new FairTurns({ atOnceMax, waitMsMax });

  constructor(private readonly authorizer: ServiceAuthorizer) {}

  /** @throws HubError `ServiceUnavailable` when its turn does not come in time */
  async authorize(claim: ServiceClaim): Promise<PolicyHolder> {
    return this.#turns.inTurn(takerOf(claim), () => this.authorizer.authorize(claim));
  }

  /** @throws HubError as `authorize` */
  async authorizeEdge(claim: EdgeClaim): Promise<EdgeDevice> {
    return this.#turns.inTurn(takerOf(claim), () => this.authorizer.authorizeEdge(claim));
  }
}

/** The hub is what a token says, and nobody has judged it yet. */
function takerOf({ client }: Pick<ServiceClaim, 'client'>): TurnTaker {
  return { hub: '', origin: originOf(client.address) };
}
