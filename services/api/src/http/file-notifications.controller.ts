import { IncomingMessage, ServerResponse } from 'node:http';
import { formatFileNotification } from '@linchpin/wire/json';
import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FileNotifications } from '../domain/file-notifications.js';
import { paths } from './operation-paths.js';
import { answerReceived, answerSettled } from './servicebound-exchange.js';

/** Which files devices have uploaded (service-rest.md section 13.3). */
@Controller(paths.fileNotifications)
export class FileNotificationsController {
  constructor(@Inject('FileNotifications') private readonly notifications: FileNotifications) {}

  @Get()
  async receive(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    await answerReceived({ request, response }, this.notifications, formatFileNotification);
  }

  @Delete('{lockToken}')
  async complete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await answerSettled({ request, response }, this.notifications, lockToken, 'complete');
  }

  @Post('{lockToken}/abandon')
  async abandon(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('lockToken') lockToken: string,
  ): Promise<void> {
    await answerSettled({ request, response }, this.notifications, lockToken, 'abandon');
  }
}
