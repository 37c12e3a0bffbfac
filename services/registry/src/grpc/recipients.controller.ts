import type {
  GetRecipientRequest,
  GetRecipientResponse,
  RecipientsService,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Recipients } from '../domain/recipients.js';

export interface RecipientsControllerParts {
  readonly recipients: Recipients;
}

export const recipientsControllerParts = Symbol('RecipientsControllerParts');

@Controller()
export class RecipientsController implements RpcHandlers<typeof RecipientsService> {
  constructor(
    @Inject(recipientsControllerParts) private readonly parts: RecipientsControllerParts,
  ) {}

  @GrpcMethod('Recipients', 'getRecipient')
  async getRecipient(request: GetRecipientRequest): Promise<GetRecipientResponse> {
    const { hub, hubGeneration, deviceId, moduleId } = request;
    return this.parts.recipients.get({ hub, hubGeneration }, { deviceId, moduleId });
  }
}
