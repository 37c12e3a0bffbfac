import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { HubError } from '@linchpin/wire';
import { answerJson } from './answer.js';
import { paths } from './operation-paths.js';
import { callerOf } from './request-context.js';

/**
 * What whoever may read the hub's telemetry would read, and under which policy: asked by brokers with a token that they
 * make of what their client has shown (docs/kafka.md). Azure has no such operation.
 */
@Controller(paths.builtInEndpoint)
export class BuiltInEndpointController {
  @Get()
  async get(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const caller = callerOf(request);
    if (caller.kind !== 'policy') {
      throw new HubError('IotHubUnauthorizedAccess', "A policy's token is needed here.");
    }
    const { hub, policy, telemetryTopic: path } = caller;
    answerJson({ request, response }, 200, { hub, policy, path });
    return Promise.resolve();
  }
}
