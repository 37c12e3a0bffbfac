import { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '@linchpin/wire';
import { text } from '@linchpin/wire/json';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import type { TwinQueries } from '../domain/twin-queries.js';
import { answerJsonText } from './answer.js';
import { readJsonBody } from './json-body.js';
import { callerOf } from './request-context.js';

/** Ours: no page has so many rows, and a number that the service can be told. */
const pageSizeMax = 1_000_000;

const querySchema = z.object({ query: text });

/** Queries over the twins of a hub (service-rest.md section 8, query-language.md A1). */
@Controller('devices/query')
export class QueriesController {
  constructor(@Inject('TwinQueries') private readonly queries: TwinQueries) {}

  @Post()
  async run(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { headers } = request;
    const pageSize = parsePageSize(headers['x-ms-max-item-count']?.toString());
    const given = headers['x-ms-continuation']?.toString();
    const { query } = await readJsonBody(request, response, querySchema, 'DeserializationError');
    if (query === undefined) {
      throw new HubError('ArgumentNull', 'BadRequest');
    }
    const page = await this.queries.run(callerOf(request), {
      text: query,
      pageSize,
      continuation: given === '' ? undefined : given,
    });
    response.setHeader('x-ms-item-type', page.rowKind);
    // Absent on the last page: to SDKs an empty one is one more page.
    if (page.continuation !== undefined) {
      response.setHeader('x-ms-continuation', page.continuation);
    }
    answerJsonText({ request, response }, 200, page.rowsJson);
  }
}

/** @throws HubError `ArgumentInvalid` for what is no number of rows */
function parsePageSize(count: string | undefined): number | undefined {
  if (!count) {
    return undefined;
  }
  if (!/^\d+$/.test(count) || Number(count) < 1) {
    throw new HubError('ArgumentInvalid', 'x-ms-max-item-count: must be a whole number from 1 on.');
  }
  return Math.min(Number(count), pageSizeMax);
}
