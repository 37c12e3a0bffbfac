import { IncomingMessage, ServerResponse } from 'node:http';
import type { DeviceIdentityId } from '@linchpin/wire';
import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { answerJsonText } from './answer.js';
import { readJsonText } from './json-body.js';
import { MethodCalls } from './method-calls.js';
import { formatMethodResult, readMethodCall } from './method-json.js';
import { paths } from './operation-paths.js';

/** Direct methods of devices and of modules alike (service-rest.md section 9). */
@Controller()
export class MethodsController {
  constructor(private readonly calls: MethodCalls) {}

  /** 200 whatever status the device gave. */
  @Post([paths.deviceMethods, paths.moduleMethods])
  async invoke(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() identity: DeviceIdentityId,
  ): Promise<void> {
    const method = readMethodCall(await readJsonText(request, response));
    const result = await this.calls.invoke(request, identity, method);
    answerJsonText({ request, response }, 200, formatMethodResult(result));
  }
}
