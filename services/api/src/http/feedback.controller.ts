import { IncomingMessage, ServerResponse } from 'node:http';
import { formatEtag, formatLockToken, HubError, parseLockToken } from '@linchpin/wire';
import { formatFeedbackRecord } from '@linchpin/wire/json';
import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Feedback } from '../domain/feedback.js';
import { answerJson, answerNoContent, type Exchange } from './answer.js';
import { paths } from './operation-paths.js';
import { callerOf } from './request-context.js';

/** How messages to devices ended (service-rest.md section 13.2). */
@Controller(paths.feedback)
export class FeedbackController {
  constructor(@Inject('Feedback') private readonly feedback: Feedback) {}

  /** One batch, whose lock is its tag. */
  @Get()
  async receive(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const batch = await this.feedback.receive(callerOf(request));
    if (batch === undefined) {
      answerNoContent({ request, response });
      return;
    }
    response.setHeader('ETag', formatEtag(formatLockToken(batch.lockToken)));
    answerJson({ request, response }, 200, batch.records.map(formatFeedbackRecord));
  }

  @Delete('{lockToken}')
  async complete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await this.#settle({ request, response }, lockToken, 'complete');
  }

  @Post('{lockToken}/abandon')
  async abandon(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await this.#settle({ request, response }, lockToken, 'abandon');
  }

  async #settle(
    exchange: Exchange,
    lockToken: string,
    outcome: 'complete' | 'abandon',
  ): Promise<void> {
    const lock = parseLockToken(lockToken);
    if (lock === undefined) {
      throw new HubError('DeviceMessageLockLost', 'There is no lock of that name.');
    }
    await this.feedback.settle(callerOf(exchange.request), lock, outcome);
    answerNoContent(exchange);
  }
}
