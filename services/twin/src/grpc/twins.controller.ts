import {
  TwinUpdateMode,
  type GetTwinRequest,
  type GetTwinResponse,
  type Twin as TwinMessage,
  type TwinsService,
  type UpdateTwinRequest,
  type UpdateTwinResponse,
} from '@linchpin/contracts';
import type { RpcCaller, RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { TwinUpdate } from '../domain/change-twin.js';
import { parseChange } from '../domain/twin-limits.js';
import type { ShownTwin, Twins } from '../domain/twins.js';
import { toSubject } from './twin-subject.js';

export interface TwinsControllerParts {
  readonly twins: Twins;
}

export const twinsControllerParts = Symbol('TwinsControllerParts');

@Controller()
export class TwinsController implements RpcHandlers<typeof TwinsService> {
  constructor(@Inject(twinsControllerParts) private readonly parts: TwinsControllerParts) {}

  @GrpcMethod('Twins', 'getTwin')
  async getTwin({ subject }: GetTwinRequest): Promise<GetTwinResponse> {
    return { twin: toTwinMessage(await this.parts.twins.get(toSubject(subject))) };
  }

  @GrpcMethod('Twins', 'updateTwin')
  async updateTwin(request: UpdateTwinRequest, caller: RpcCaller): Promise<UpdateTwinResponse> {
    const subject = toSubject(request.subject);
    const update = toUpdate(request);
    return { twin: toTwinMessage(await this.parts.twins.update(subject, update, caller.signal)) };
  }
}

/** @throws HubError ArgumentInvalid */
function toUpdate({ mode, tagsJson, desiredJson, ifMatch }: UpdateTwinRequest): TwinUpdate {
  return {
    mode: toMode(mode),
    tags: tagsJson === undefined ? undefined : parseChange('tags', tagsJson),
    desired: desiredJson === undefined ? undefined : parseChange('properties.desired', desiredJson),
    ifMatch,
  };
}

function toMode(mode: TwinUpdateMode): TwinUpdate['mode'] {
  switch (mode) {
    case TwinUpdateMode.PATCH:
      return 'patch';
    case TwinUpdateMode.REPLACE:
      return 'replace';
    default:
      throw new HubError('ArgumentInvalid', `The mode ${String(mode)} is not known.`);
  }
}

function toTwinMessage({ json, etag, generationId }: ShownTwin): TwinMessage {
  return { json: JSON.stringify(json), etag, generationId };
}
