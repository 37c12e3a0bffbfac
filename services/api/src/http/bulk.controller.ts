import { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '@linchpin/platform/http-server';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { HubError, type HubErrorCode } from '@linchpin/wire';
import { applyBulkRows, type BulkRow } from '../domain/apply-bulk-rows.js';
import type { BulkRegistry } from '../domain/bulk-registry.js';
import { HubThrottles } from '../domain/hub-throttles.js';
import type { Twins } from '../domain/twins.js';
import { answerJson } from './answer.js';
import { knowsAttributes } from './api-version.js';
import { formatBulkResult, parseBulkRows } from './bulk-json.js';
import { readJson, readJsonBody } from './json-body.js';
import {
  formatRegeneratedKeys,
  parseRegenerateKeys,
  regenerateKeysSchema,
} from './regenerate-keys-json.js';
import { callerOf, contextOf, hubOf } from './request-context.js';

/** Many identities at once (service-rest.md sections 2.8 and 4). */
@Controller('devices')
export class BulkController {
  constructor(
    @Inject('BulkRegistry') private readonly registry: BulkRegistry,
    @Inject('Twins') private readonly twins: Twins,
    @Inject(HubThrottles) private readonly throttles: HubThrottles,
  ) {}

  @Post()
  async apply(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const rows = await readRows({ request, response });
    const caller = callerOf(request);
    const twinsWritten = rows.filter(({ twin }) => twin !== undefined).length;
    await this.throttles.charge(caller, 'registry', rows.length - 1);
    await this.throttles.charge(caller, 'twinUpdates', twinsWritten);
    const result = await applyBulkRows(
      { registry: this.registry, twins: this.twins },
      caller,
      rows,
    );
    const exchange = { request, response };
    if (result.failures.length > 0) {
      markFailed(exchange, 'BulkRegistryOperationFailure', result.failures.length);
    }
    answerJson(exchange, result.failures.length > 0 ? 400 : 200, formatBulkResult(result));
  }

  /** 207 when some of them got new keys, 400 when none did. */
  @Post('keys/regenerate')
  async regenerateKeys(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const wanted = parseRegenerateKeys(await readJsonBody(request, response, regenerateKeysSchema));
    const { identities, which } = wanted;
    await this.throttles.charge(callerOf(request), 'registry', identities.length - 1);
    const outcomes = await this.registry.regenerateKeys(hubOf(request), identities, which);
    const failed = outcomes.filter((outcome) => outcome instanceof HubError).length;
    const exchange = { request, response };
    if (failed > 0) {
      markFailed(exchange, 'BulkRegenerateDeviceKeyOperationFailure', failed);
    }
    const status = failed === 0 ? 200 : failed < outcomes.length ? 207 : 400;
    answerJson(exchange, status, formatRegeneratedKeys(wanted, outcomes));
  }
}

/**
 * A function of its own, so that what else was parsed is not kept while its rows wait for their turn; the text of the
 * body is, as long as a row writes a twin.
 */
async function readRows({ request, response }: Exchange): Promise<readonly BulkRow[]> {
  const version = contextOf(request).target.query.get('api-version');
  const body = await readJson(request, response);
  return parseBulkRows(body, { withAttributes: knowsAttributes(version) });
}

/** The body is not an error's but the result; the header is, and the .NET SDK goes by it. */
function markFailed({ request, response }: Exchange, code: HubErrorCode, failed: number): void {
  contextOf(request).error = new HubError(code, `${failed} failed.`);
  response.setHeader('iothub-errorcode', code);
}
