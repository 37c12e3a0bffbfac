import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import { HubError } from '@linchpin/wire';
import { getHub, orUndefined, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import { putHub } from '../domain/put-hub.js';
import { answerEntity, answerJson, answerNoContent } from './answer.js';
import { formatHub, formatPolicy, hubSchema, type HubJsonOptions } from './hub-json.js';
import { parseIfMatch } from './if-match.js';
import { readJsonBody } from './json-body.js';

interface KeyPath extends HubPlace {
  readonly keyName: string;
}

/** One hub on the control plane (service-rest.md section 14), in the shapes of Azure Resource Manager. */
@Controller(
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/Microsoft.Devices/IotHubs/:name',
)
export class HubsController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('HubJsonOptions') private readonly json: HubJsonOptions,
  ) {}

  @Get()
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    answerEntity({ request, response }, formatHub(hub, this.json));
  }

  @Put()
  async put(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const { location, properties } = await readJsonBody(request, response, hubSchema);
    const events = properties?.eventHubEndpoints?.events;
    const { hub, isNew } = await putHub(this.administration, {
      definition: {
        name: place.name,
        subscriptionId: place.subscriptionId,
        resourceGroup: place.resourceGroup,
        location,
        hostNames: properties?.hostNames ?? [],
        partitionCount: events?.partitionCount,
        retentionDays: events?.retentionTimeInDays,
      },
      ifMatch: parseIfMatch(request.headers['if-match']),
    });
    answerEntity({ request, response }, formatHub(hub, this.json), isNew ? 201 : 200);
  }

  /** The hub is gone when this answers; 204 when there was none. */
  @Delete()
  async delete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await orUndefined(getHub(this.administration, place));
    if (hub === undefined) {
      answerNoContent({ request, response });
      return;
    }
    await this.administration.delete(hub.name);
    answerJson({ request, response }, 200, formatHub({ ...hub, state: 'deleting' }, this.json));
  }

  @Post('listkeys')
  async listKeys(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const policies = await this.administration.listPolicies(hub.name);
    answerJson({ request, response }, 200, { value: policies.map(formatPolicy) });
  }

  @Post('IotHubKeys/:keyName/listkeys')
  async getKey(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { keyName, ...place }: KeyPath,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const policies = await this.administration.listPolicies(hub.name);
    const policy = policies.find(({ name }) => name.toLowerCase() === keyName.toLowerCase());
    if (policy === undefined) {
      throw new HubError('GenericNotFound', 'The hub has no shared access policy of that name.');
    }
    answerJson({ request, response }, 200, formatPolicy(policy));
  }
}
