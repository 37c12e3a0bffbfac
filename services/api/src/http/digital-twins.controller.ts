import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Patch, Req, Res } from '@nestjs/common';
import { formatEtag, parseIfMatch } from '@linchpin/wire';
import { toDigitalTwin } from '../domain/digital-twin.js';
import { patchDigitalTwin } from '../domain/patch-digital-twin.js';
import type { Twins } from '../domain/twins.js';
import { answerAccepted, answerJson } from './answer.js';
import { readPatch } from './digital-twin-json.js';
import { readJsonText } from './json-body.js';
import { paths } from './operation-paths.js';
import { callerOf } from './request-context.js';
import { urlOf } from './request-url.js';

/** Twins of devices in the terms of their models (service-rest.md section 12). */
@Controller(paths.digitalTwin)
export class DigitalTwinsController {
  constructor(@Inject('Twins') private readonly twins: Twins) {}

  @Get()
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const { json, etag } = await this.twins.get(callerOf(request), { deviceId });
    response.setHeader('ETag', formatEtag(etag));
    answerJson({ request, response }, 200, toDigitalTwin(json));
  }

  /** 202 and nothing else: SDKs take what a device has yet to do for not done. */
  @Patch()
  async patch(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const malformed = 'InvalidDigitalTwinJsonPatch';
    const operations = readPatch(await readJsonText(request, response, { malformed }));
    const ifMatch = parseIfMatch(request.headers['if-match']);
    const patch = { deviceId, operations, ifMatch };
    const { etag } = await patchDigitalTwin(this.twins, callerOf(request), patch);
    response.setHeader('ETag', formatEtag(etag));
    response.setHeader('Location', urlOf(request));
    answerAccepted({ request, response });
  }
}
