import type {
  DeviceTwinsService,
  GetPropertiesRequest,
  GetPropertiesResponse,
  PatchReportedRequest,
  PatchReportedResponse,
} from '@linchpin/contracts';
import type { RpcCaller, RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { parseChangeBytes } from '../domain/twin-limits.js';
import type { Twins } from '../domain/twins.js';
import { toDeviceSubject } from './twin-subject.js';

export interface DeviceTwinsControllerParts {
  readonly twins: Twins;
}

export const deviceTwinsControllerParts = Symbol('DeviceTwinsControllerParts');

@Controller()
export class DeviceTwinsController implements RpcHandlers<typeof DeviceTwinsService> {
  constructor(
    @Inject(deviceTwinsControllerParts) private readonly parts: DeviceTwinsControllerParts,
  ) {}

  @GrpcMethod('DeviceTwins', 'getProperties')
  async getProperties({ subject }: GetPropertiesRequest): Promise<GetPropertiesResponse> {
    const properties = await this.parts.twins.getProperties(toDeviceSubject(subject));
    return { propertiesJson: JSON.stringify(properties) };
  }

  @GrpcMethod('DeviceTwins', 'patchReported')
  async patchReported(
    request: PatchReportedRequest,
    caller: RpcCaller,
  ): Promise<PatchReportedResponse> {
    const { subject, patchJson, ifVersion } = request;
    const patch = {
      patch: parseChangeBytes('properties.reported', patchJson),
      ifVersion: ifVersion === undefined ? undefined : Number(ifVersion),
    };
    const { twins } = this.parts;
    const version = await twins.patchReported(toDeviceSubject(subject), patch, caller.signal);
    return { version: BigInt(version) };
  }
}
