import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { isInGroup, isSameName } from '../domain/find-hub.js';
import { listHubs } from '../domain/hub-pages.js';
import type { Hub, HubAdministration, ResourceGroup } from '../domain/hub.js';
import { answerJson } from './answer.js';
import { formatHub, type HubJsonOptions } from './hub-json.js';
import { nextLink } from './next-link.js';
import { paths } from './operation-paths.js';
import { administratorOf, contextOf } from './request-context.js';

/** The hubs of a subscription or of one of its resource groups (service-rest.md section 14). */
@Controller()
export class HubListsController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('HubJsonOptions') private readonly json: HubJsonOptions,
  ) {}

  @Get(`${paths.provider}/IotHubs`)
  async listBySubscription(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('subscriptionId') subscriptionId: string,
  ): Promise<void> {
    const page = await this.#page(request, (hub) => isSameName(hub.subscriptionId, subscriptionId));
    answerJson({ request, response }, 200, page);
  }

  @Get(paths.hubsOfGroup)
  async listByResourceGroup(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() group: ResourceGroup,
  ): Promise<void> {
    answerJson(
      { request, response },
      200,
      await this.#page(request, (hub) => isInGroup(hub, group)),
    );
  }

  /** A page of which the hubs that are wanted are shown: it may be empty and not the last. */
  async #page(request: IncomingMessage, isWanted: (hub: Hub) => boolean): Promise<object> {
    const after = contextOf(request).target.query.get('$skiptoken');
    const { hubs, next } = await listHubs(this.administration, administratorOf(request), after);
    return {
      value: hubs.filter(isWanted).map((hub) => formatHub(hub, this.json)),
      ...(next !== undefined && { nextLink: nextLink(request, next) }),
    };
  }
}
