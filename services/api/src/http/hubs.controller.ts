import { IncomingMessage, ServerResponse } from 'node:http';
import { parseIfMatch } from '@linchpin/wire';
import { Controller, Delete, Get, Inject, Param, Patch, Put, Req, Res } from '@nestjs/common';
import { administers } from '../domain/caller.js';
import { getHub, orUndefined, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import { putHub } from '../domain/put-hub.js';
import { answerEntity, answerJson, answerNoContent } from './answer.js';
import { hubSchema, hubTagsSchema, toHubDefinition } from './hub-body.js';
import { formatHub, type HubJsonOptions } from './hub-json.js';
import { readJsonBody } from './json-body.js';
import { paths } from './operation-paths.js';
import { administratorOf } from './request-context.js';

/** One hub on the control plane (service-rest.md section 14), in the shapes of Azure Resource Manager. */
@Controller(paths.hub)
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
    const body = await readJsonBody(request, response, hubSchema);
    const { hub, isNew } = await putHub(this.administration, {
      definition: toHubDefinition(place, body),
      ifMatch: parseIfMatch(request.headers['if-match']),
      ownsDeployment: administers(administratorOf(request), ['owner'], undefined),
    });
    answerEntity({ request, response }, formatHub(hub, this.json), isNew ? 201 : 200);
  }

  @Patch()
  async patch(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const nothing = { name: undefined, location: undefined, sku: undefined, properties: undefined };
    const { tags } = await readJsonBody(request, response, hubTagsSchema);
    await getHub(this.administration, place);
    const hub = await this.administration.update(
      toHubDefinition(place, { ...nothing, tags }),
      parseIfMatch(request.headers['if-match']),
    );
    answerEntity({ request, response }, formatHub(hub, this.json));
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
}
