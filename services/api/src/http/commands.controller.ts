import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { answerJsonText } from './answer.js';
import { readJsonText } from './json-body.js';
import { MethodCalls } from './method-calls.js';
import { readCommand } from './method-json.js';
import { paths } from './operation-paths.js';
import { contextOf } from './request-context.js';

interface CommandPath {
  readonly deviceId: string;
  readonly component?: string;
  readonly command: string;
}

/** Commands of digital twins: direct methods under the names of their models (service-rest.md section 12). */
@Controller()
export class CommandsController {
  constructor(private readonly calls: MethodCalls) {}

  /** 200 whatever status the device gave, which a header has. */
  @Post([paths.deviceCommand, paths.componentCommand])
  async invoke(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { deviceId, ...names }: CommandPath,
  ): Promise<void> {
    const terms = { malformed: 'InvalidDigitalTwinPayload', absent: 'null' } as const;
    const payloadJson = await readJsonText(request, response, terms);
    const { query } = contextOf(request).target;
    const method = readCommand({ ...names, query, payloadJson });
    const { status, payload } = await this.calls.invoke(request, { deviceId }, method);
    response.setHeader('x-ms-command-statuscode', String(status));
    answerJsonText({ request, response }, 200, payload);
  }
}
