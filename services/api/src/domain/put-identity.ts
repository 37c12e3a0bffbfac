import type { HubId, Identity, IdentityDefinition } from '@linchpin/wire';
import type { IdentityRegistry } from './identity-registry.js';

interface IdentityPut {
  readonly hub: HubId;
  readonly definition: IdentityDefinition;
  readonly ifMatch: string | undefined;
}

/**
 * A PUT without an expectation creates and finds that nothing was there; a PUT with one updates and
 * finds that something was (service-rest.md section 1.4).
 */
export async function putIdentity(
  registry: IdentityRegistry,
  { hub, definition, ifMatch }: IdentityPut,
): Promise<Identity> {
  return ifMatch === undefined
    ? registry.create(hub, definition)
    : registry.update(hub, definition, ifMatch);
}
