import { IncomingMessage, ServerResponse } from 'node:http';
import { HubError } from '@linchpin/wire';
import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import { answerJson } from './answer.js';
import { keyToRegenerateSchema } from './hub-body.js';
import { formatPolicy } from './hub-json.js';
import { readJsonBody } from './json-body.js';
import { paths } from './operation-paths.js';

interface KeyPath extends HubPlace {
  readonly keyName: string;
}

/** The shared access policies of a hub, with their keys (service-rest.md section 14.4). */
@Controller(paths.hub)
export class HubKeysController {
  constructor(@Inject('HubAdministration') private readonly administration: HubAdministration) {}

  @Post('listkeys')
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const policies = await this.administration.listPolicies(hub.name);
    answerJson({ request, response }, 200, { value: policies.map(formatPolicy) });
  }

  @Post('IotHubKeys/{keyName}/listkeys')
  async get(
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

  /** Ours, in the manner of Event Hubs: Azure IoT Hub has keys made by whoever puts the hub. */
  @Post('IotHubKeys/{keyName}/regenerateKeys')
  async regenerate(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { keyName, ...place }: KeyPath,
  ): Promise<void> {
    const { keyType } = await readJsonBody(request, response, keyToRegenerateSchema);
    if (keyType === undefined) {
      throw new HubError('ArgumentInvalid', 'keyType: PrimaryKey or SecondaryKey.');
    }
    const hub = await getHub(this.administration, place);
    const side = keyType === 'PrimaryKey' ? 'primary' : 'secondary';
    const policy = await this.administration.regenerateKey(hub.name, keyName, side);
    answerJson({ request, response }, 200, formatPolicy(policy));
  }
}
