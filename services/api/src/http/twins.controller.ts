import { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '@linchpin/platform/http-server';
import { Controller, Get, Inject, Param, Patch, Put, Req, Res } from '@nestjs/common';
import { formatEtag, parseIfMatch, type DeviceIdentityId } from '@linchpin/wire';
import type { Twin, TwinChange, Twins } from '../domain/twins.js';
import { answerJsonText } from './answer.js';
import { readJsonText } from './json-body.js';
import { paths } from './operation-paths.js';
import { callerOf } from './request-context.js';
import { readTwinSections } from './twin-json.js';

/** Of devices and of modules alike. */
const routes = [paths.deviceTwin, paths.moduleTwin];

/** Twins (service-rest.md section 7). */
@Controller()
export class TwinsController {
  constructor(@Inject('CountedTwins') private readonly twins: Twins) {}

  @Get(routes)
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() identity: DeviceIdentityId,
  ): Promise<void> {
    answerTwin({ request, response }, await this.twins.get(callerOf(request), identity));
  }

  @Patch(routes)
  async patch(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() identity: DeviceIdentityId,
  ): Promise<void> {
    await this.#update({ request, response }, identity, 'patch');
  }

  @Put(routes)
  async replace(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() identity: DeviceIdentityId,
  ): Promise<void> {
    await this.#update({ request, response }, identity, 'replace');
  }

  async #update(
    exchange: Exchange,
    identity: DeviceIdentityId,
    mode: TwinChange['mode'],
  ): Promise<void> {
    const { request, response } = exchange;
    const sections = readTwinSections(await readJsonText(request, response));
    const ifMatch = parseIfMatch(request.headers['if-match']);
    const change = { ...sections, mode, ifMatch };
    answerTwin(exchange, await this.twins.update(callerOf(request), identity, change));
  }
}

/** The text holds the tag as well, there without quotes. */
function answerTwin(exchange: Exchange, { json, etag }: Twin): void {
  exchange.response.setHeader('ETag', formatEtag(etag));
  answerJsonText(exchange, 200, json);
}
