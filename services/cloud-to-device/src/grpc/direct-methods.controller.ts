import type {
  DirectMethodsService,
  InvokeMethodRequest,
  InvokeMethodResponse,
} from '@linchpin/contracts';
import type { RpcCaller, RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { InvokeMethod } from '../domain/invoke-method.js';
import type { CloudToDeviceEvents } from '../events.js';

export interface DirectMethodsControllerParts {
  readonly invokeMethod: InvokeMethod;
  readonly events: CloudToDeviceEvents;
}

export const directMethodsControllerParts = Symbol('DirectMethodsControllerParts');

@Controller()
export class DirectMethodsController implements RpcHandlers<typeof DirectMethodsService> {
  constructor(
    @Inject(directMethodsControllerParts) private readonly parts: DirectMethodsControllerParts,
  ) {}

  @GrpcMethod('DirectMethods', 'invokeMethod')
  async invokeMethod(
    request: InvokeMethodRequest,
    caller: RpcCaller,
  ): Promise<InvokeMethodResponse> {
    const { deviceId, moduleId, payloadJson: payload, ...others } = request;
    const call = { ...others, identity: { deviceId, moduleId }, payload };
    const ended = this.parts.events.methodBegun(call);
    try {
      const answer = await this.parts.invokeMethod.invoke(call, caller.signal);
      ended(answer);
      return { status: answer.status, payloadJson: answer.payload };
    } catch (error) {
      ended(undefined);
      throw error;
    }
  }
}
