import { IncomingMessage, ServerResponse } from 'node:http';
import { formatFeedbackRecord } from '@linchpin/wire/json';
import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Feedback } from '../domain/feedback.js';
import { paths } from './operation-paths.js';
import { answerReceived, answerSettled } from './servicebound-exchange.js';

/** How messages to devices ended (service-rest.md section 13.2). */
@Controller(paths.feedback)
export class FeedbackController {
  constructor(@Inject('Feedback') private readonly feedback: Feedback) {}

  @Get()
  async receive(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    await answerReceived({ request, response }, this.feedback, ({ records }) =>
      records.map(formatFeedbackRecord),
    );
  }

  @Delete('{lockToken}')
  async complete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await answerSettled({ request, response }, this.feedback, lockToken, 'complete');
  }

  @Post('{lockToken}/abandon')
  async abandon(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await answerSettled({ request, response }, this.feedback, lockToken, 'abandon');
  }
}
