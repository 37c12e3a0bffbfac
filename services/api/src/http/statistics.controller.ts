import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { answerJson } from './answer.js';
import { hubOf } from './request-context.js';

/** service-rest.md section 6 */
@Controller('statistics')
export class StatisticsController {
  constructor(@Inject('IdentityRegistry') private readonly registry: IdentityRegistry) {}

  @Get('devices')
  async devices(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { totalDeviceCount, enabledDeviceCount, disabledDeviceCount } =
      await this.registry.getStatistics(hubOf(request));
    answerJson({ request, response }, 200, {
      totalDeviceCount,
      enabledDeviceCount,
      disabledDeviceCount,
    });
  }

  @Get('service')
  async service(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { connectedDeviceCount } = await this.registry.getStatistics(hubOf(request));
    answerJson({ request, response }, 200, { connectedDeviceCount });
  }
}
