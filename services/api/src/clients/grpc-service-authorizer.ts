import type { RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { Caller, ServiceAuthorizer } from '../domain/service-authorizer.js';

const deadlineMs = 5_000;

/** Signatures, judged by the registry service, which alone holds the keys. */
export class GrpcServiceAuthorizer implements ServiceAuthorizer {
  constructor(private readonly client: RegistryClient) {}

  async authorize(sharedAccessSignature: string, path: string): Promise<Caller> {
    const { hub, policy, rights } = await callUnary(
      this.client.authorizeService.bind(this.client),
      { sharedAccessSignature, path },
      { name: 'Registry/AuthorizeService', deadlineMs },
    );
    return { hub, policy, rights };
  }
}
