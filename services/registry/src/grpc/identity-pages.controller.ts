import type {
  CountIdentitiesRequest,
  CountIdentitiesResponse,
  GetHubGenerationRequest,
  GetHubGenerationResponse,
  IdentityPagesService,
  ListIdentitiesRequest,
  ListIdentitiesResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { IdentityCounts } from '../domain/identity-counts.js';
import { pageLengthMax, type IdentityPages } from '../domain/identity-pages.js';
import { toIdentityMessage } from './identity-message.js';

export interface IdentityPagesControllerParts {
  readonly pages: IdentityPages;
  readonly counts: IdentityCounts;
}

export const identityPagesControllerParts = Symbol('IdentityPagesControllerParts');

@Controller()
export class IdentityPagesController implements RpcHandlers<typeof IdentityPagesService> {
  constructor(
    @Inject(identityPagesControllerParts) private readonly parts: IdentityPagesControllerParts,
  ) {}

  @GrpcMethod('IdentityPages', 'getHubGeneration')
  async getHubGeneration({ hub }: GetHubGenerationRequest): Promise<GetHubGenerationResponse> {
    return { hubGeneration: await this.parts.pages.generationOf(hub) };
  }

  @GrpcMethod('IdentityPages', 'countIdentities')
  async countIdentities({ hub }: CountIdentitiesRequest): Promise<CountIdentitiesResponse> {
    return { count: BigInt(await this.parts.counts.count(hub)) };
  }

  @GrpcMethod('IdentityPages', 'listIdentities')
  async listIdentities(request: ListIdentitiesRequest): Promise<ListIdentitiesResponse> {
    const { hub, after, limit } = request;
    if (limit < 1 || limit > pageLengthMax) {
      throw new HubError('ArgumentInvalid', `A page has 1 to ${pageLengthMax} identities.`);
    }
    const identities = await this.parts.pages.list(hub, { after, limit });
    return { identities: identities.map(toIdentityMessage) };
  }
}
