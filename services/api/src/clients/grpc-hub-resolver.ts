import type { RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import { readHubLimits } from '@linchpin/wire';
import type { HubOfCaller } from '../domain/caller.js';
import type { HubClaim, HubResolver } from '../domain/hub-resolver.js';

const deadlineMs = 5_000;

/** Host names and IP filters are the registry service's. */
export class GrpcHubResolver implements HubResolver {
  constructor(private readonly client: RegistryClient) {}

  async resolve(claim: HubClaim): Promise<HubOfCaller> {
    const { limits, ...hub } = await callUnary(this.client.resolveHub.bind(this.client), claim, {
      name: 'Registry/ResolveHub',
      deadlineMs,
    });
    return { ...hub, limits: readHubLimits(limits) };
  }
}
