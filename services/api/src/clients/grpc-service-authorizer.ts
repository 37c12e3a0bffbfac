import type { RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import { readHubLimits } from '@linchpin/wire';
import type { PolicyHolder } from '../domain/caller.js';
import type { ServiceAuthorizer, ServiceClaim } from '../domain/service-authorizer.js';

const deadlineMs = 5_000;

/** Signatures, judged by the registry service, which alone holds the keys. */
export class GrpcServiceAuthorizer implements ServiceAuthorizer {
  constructor(private readonly client: RegistryClient) {}

  async authorize(claim: ServiceClaim): Promise<PolicyHolder> {
    const { limits, ...holder } = await callUnary(
      this.client.authorizeService.bind(this.client),
      claim,
      { name: 'Registry/AuthorizeService', deadlineMs },
    );
    return { kind: 'policy', ...holder, limits: readHubLimits(limits) };
  }
}
