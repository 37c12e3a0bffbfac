import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import type { HubAdministration } from '../domain/hub.js';
import { checkNameAvailability } from '../domain/name-availability.js';
import { answerJson } from './answer.js';
import { readJsonBody } from './json-body.js';
import { paths } from './operation-paths.js';
import { administrationOperations } from './operations.js';

const nameSchema = z.object({ name: z.string() });

/** There is none, and Azure's answer has one. */
const noLimit = 2 ** 31 - 1;

/** What concerns no single hub (service-rest.md section 14.4). */
@Controller()
export class ProviderController {
  constructor(@Inject('HubAdministration') private readonly administration: HubAdministration) {}

  @Post(`${paths.provider}/checkNameAvailability`)
  async checkName(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { name } = await readJsonBody(request, response, nameSchema);
    answerJson({ request, response }, 200, await checkNameAvailability(this.administration, name));
  }

  @Get(`${paths.provider}/usages`)
  async usages(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('subscriptionId') subscriptionId: string,
  ): Promise<void> {
    const { free, paid } = await this.administration.count(subscriptionId);
    answerJson({ request, response }, 200, {
      value: [
        formatUsage(subscriptionId, { name: 'FreeIotHubs', words: 'Free IoT hubs', count: free }),
        formatUsage(subscriptionId, { name: 'PaidIotHubs', words: 'Paid IoT hubs', count: paid }),
      ],
    });
  }

  @Get('providers/Microsoft.Devices/operations')
  operations(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    answerJson({ request, response }, 200, {
      value: administrationOperations.map(({ name, method, path }) => ({
        name: `Microsoft.Devices/IotHubs/${name}`,
        display: {
          provider: 'Microsoft Devices',
          resource: 'IotHubs',
          operation: name,
          description: `${method} ${path}`,
        },
      })),
    });
  }
}

interface Usage {
  readonly name: string;
  readonly words: string;
  readonly count: number;
}

function formatUsage(subscriptionId: string, { name, words, count }: Usage): object {
  return {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.Devices/usages/${name}`,
    type: 'Microsoft.Devices/usages',
    unit: 'Count',
    currentValue: count,
    limit: noLimit,
    name: { value: name, localizedValue: words },
  };
}
