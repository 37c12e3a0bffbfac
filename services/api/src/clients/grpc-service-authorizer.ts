import type { EdgeAccessClient, RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import { readHubLimits } from '@linchpin/wire';
import type { EdgeDevice, PolicyHolder } from '../domain/caller.js';
import type { EdgeClaim, ServiceAuthorizer, ServiceClaim } from '../domain/service-authorizer.js';

const deadlineMs = 5_000;

/** Signatures, judged by the registry service, which alone holds the keys. */
export class GrpcServiceAuthorizer implements ServiceAuthorizer {
  constructor(
    private readonly client: RegistryClient,
    private readonly edge: EdgeAccessClient,
  ) {}

  async authorize(claim: ServiceClaim): Promise<PolicyHolder> {
    const { hub, hubGeneration, policy, rights, limits, telemetryTopic } = await callUnary(
      this.client.authorizeService.bind(this.client),
      claim,
      { name: 'Registry/AuthorizeService', deadlineMs },
    );
    return {
      kind: 'policy',
      ...{ hub, hubGeneration, policy, rights, telemetryTopic },
      limits: readHubLimits(limits),
    };
  }

  async authorizeEdge(claim: EdgeClaim): Promise<EdgeDevice> {
    const { hub, hubGeneration, limits } = await callUnary(
      this.edge.authorizeEdge.bind(this.edge),
      claim,
      {
        name: 'EdgeAccess/AuthorizeEdge',
        deadlineMs,
      },
    );
    return {
      kind: 'device',
      hub,
      hubGeneration,
      deviceId: claim.deviceId,
      limits: readHubLimits(limits),
    };
  }
}
