import { IncomingMessage, ServerResponse } from 'node:http';
import { HubError, validateConsumerGroupName } from '@linchpin/wire';
import { Controller, Delete, Get, Inject, Param, Put, Req, Res } from '@nestjs/common';
import type { ConsumerGroups } from '../domain/consumer-groups.js';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { Hub, HubAdministration } from '../domain/hub.js';
import { answerJson } from './answer.js';
import { formatResourceId } from './hub-json.js';
import { paths } from './operation-paths.js';

interface EndpointPath extends HubPlace {
  readonly endpoint: string;
}

interface GroupPath extends EndpointPath {
  readonly consumerGroup: string;
}

/** The one endpoint that has consumer groups. */
const builtInEndpoint = 'events';

/** Consumer groups of the built-in endpoint (service-rest.md section 14.4); SDKs take 200 alone. */
@Controller(`${paths.hub}/eventHubEndpoints/{endpoint}/ConsumerGroups`)
export class ConsumerGroupsController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('ConsumerGroups') private readonly groups: ConsumerGroups,
  ) {}

  @Get()
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: EndpointPath,
  ): Promise<void> {
    const hub = await this.#findHub(path);
    const names = await this.groups.list(hub.name);
    answerJson({ request, response }, 200, { value: names.map((name) => formatGroup(hub, name)) });
  }

  @Get('{consumerGroup}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: GroupPath,
  ): Promise<void> {
    const hub = await this.#findHub(path);
    const names = await this.groups.list(hub.name);
    const wanted = path.consumerGroup.toLowerCase();
    const name = names.find((known) => known.toLowerCase() === wanted);
    if (name === undefined) {
      throw new HubError('GenericNotFound', 'The endpoint has no consumer group of that name.');
    }
    answerJson({ request, response }, 200, formatGroup(hub, name));
  }

  /** The name of the path counts; a body has nothing to add. */
  @Put('{consumerGroup}')
  async put(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: GroupPath,
  ): Promise<void> {
    validateConsumerGroupName(path.consumerGroup);
    const hub = await this.#findHub(path);
    const name = await this.groups.create(hub.name, path.consumerGroup);
    answerJson({ request, response }, 200, formatGroup(hub, name));
  }

  @Delete('{consumerGroup}')
  async delete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: GroupPath,
  ): Promise<void> {
    const hub = await this.#findHub(path);
    await this.groups.delete(hub.name, path.consumerGroup);
    answerJson({ request, response }, 200, {});
  }

  async #findHub({ endpoint, ...place }: EndpointPath): Promise<Hub> {
    if (endpoint.toLowerCase() !== builtInEndpoint) {
      throw new HubError('GenericNotFound', 'The endpoint with consumer groups is events.');
    }
    return getHub(this.administration, place);
  }
}

function formatGroup(hub: Hub, name: string): object {
  return {
    id: `${formatResourceId(hub)}/eventHubEndpoints/${builtInEndpoint}/ConsumerGroups/${name}`,
    name,
    type: 'Microsoft.Devices/IotHubs/EventHubEndpoints/ConsumerGroups',
    properties: { name },
  };
}
