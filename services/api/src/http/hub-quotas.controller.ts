import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { quotaMetrics, type MessageMeter } from '../domain/quota-metrics.js';
import { answerJson } from './answer.js';
import { paths } from './operation-paths.js';

/** service-rest.md section 14.4 */
@Controller(`${paths.hub}/quotaMetrics`)
export class HubQuotasController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('IdentityRegistry') private readonly registry: IdentityRegistry,
    @Inject('MessageMeter') private readonly meter: MessageMeter,
  ) {}

  @Get()
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const statistics = await this.registry.getStatistics(hub.name);
    const { meter } = this;
    const value = await quotaMetrics(hub, statistics, { meter, now: new Date() });
    answerJson({ request, response }, 200, { value });
  }
}
