import { audienceCovers, audienceHost, parseSasToken, serviceResource } from '@linchpin/auth';
import type { EdgeDevice, PolicyHolder } from './caller.js';
import { NextCalls } from './next-calls.js';
import type { EdgeClaim, ServiceAuthorizer, ServiceClaim } from './service-authorizer.js';

/**
 * Back ends show one token with many requests at once. Requests with the same token, from the same address, are
 * judged together: each by a verdict that was asked for after it came, so that no revocation is missed.
 */
export class SharedAuthorizer implements ServiceAuthorizer {
  readonly #verdicts = new NextCalls<PolicyHolder>();

  constructor(private readonly authorizer: ServiceAuthorizer) {}

  authorize(claim: ServiceClaim): Promise<PolicyHolder> {
    const { sharedAccessSignature, client } = claim;
    const path = isForAllPaths(sharedAccessSignature) ? '/' : claim.path;
    const name = JSON.stringify([sharedAccessSignature, path, client.address, client.tlsVersion]);
    return this.#verdicts.call(name, () => this.authorizer.authorize({ ...claim, path }));
  }

  authorizeEdge(claim: EdgeClaim): Promise<EdgeDevice> {
    return this.authorizer.authorizeEdge(claim);
  }
}

/** Then whichever path it is makes no difference. What cannot be read is judged as it stands. */
function isForAllPaths(sharedAccessSignature: string): boolean {
  try {
    const { audience } = parseSasToken(sharedAccessSignature);
    return audienceCovers(audience, serviceResource(audienceHost(audience), '/'));
  } catch {
    return false;
  }
}
