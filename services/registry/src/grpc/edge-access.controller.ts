import type {
  AuthorizeEdgeRequest,
  AuthorizeEdgeResponse,
  EdgeAccessService,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { EdgeAuthorizer } from '../domain/authorize-edge.js';
import type { RegistryEvents } from '../events.js';
import { fromClientMessage } from './client-message.js';

export interface EdgeAccessControllerParts {
  readonly edgeAuthorizer: EdgeAuthorizer;
  readonly events: RegistryEvents;
}

export const edgeAccessControllerParts = Symbol('EdgeAccessControllerParts');

@Controller()
export class EdgeAccessController implements RpcHandlers<typeof EdgeAccessService> {
  constructor(
    @Inject(edgeAccessControllerParts) private readonly parts: EdgeAccessControllerParts,
  ) {}

  @GrpcMethod('EdgeAccess', 'authorizeEdge')
  async authorizeEdge(request: AuthorizeEdgeRequest): Promise<AuthorizeEdgeResponse> {
    const { edgeAuthorizer, events } = this.parts;
    const { sharedAccessSignature: token, deviceId, moduleId } = request;
    const claim = { token, deviceId, moduleId, client: fromClientMessage(request.client) };
    return events.judging('edge-token', edgeAuthorizer.authorize(claim));
  }
}
