import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { answerJson } from './answer.js';
import { formatSkus } from './hub-json.js';
import { paths } from './operation-paths.js';

/** What can be known of a hub besides its description (service-rest.md section 14.4). */
@Controller(paths.hub)
export class HubFactsController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('IdentityRegistry') private readonly registry: IdentityRegistry,
  ) {}

  @Get('IotHubStats')
  async stats(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const { name } = await getHub(this.administration, place);
    const statistics = await this.registry.getStatistics(name);
    const { totalDeviceCount, enabledDeviceCount, disabledDeviceCount } = statistics;
    answerJson({ request, response }, 200, {
      totalDeviceCount,
      enabledDeviceCount,
      disabledDeviceCount,
    });
  }

  @Get('skus')
  async skus(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    await getHub(this.administration, place);
    answerJson({ request, response }, 200, { value: formatSkus() });
  }
}
