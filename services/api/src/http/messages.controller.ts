import { IncomingMessage, ServerResponse } from 'node:http';
import {
  azureLimits,
  checkCloudToDeviceMessage,
  countedBytes,
  formatDeviceBoundAddress,
  type DeviceIdentityId,
} from '@linchpin/wire';
import { Controller, Delete, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { CloudToDeviceMessages } from '../domain/cloud-to-device-messages.js';
import { HubThrottles } from '../domain/hub-throttles.js';
import { answerJson, answerNoContent } from './answer.js';
import { readGivenMessage } from './given-message.js';
import { paths } from './operation-paths.js';
import { readBody } from './request-body.js';
import { callerOf } from './request-context.js';

const bodyLimit = {
  bytesMax: azureLimits.cloudToDeviceBytesMax,
  tooLarge: 'MessageTooLarge',
} as const;

/** Messages to devices and modules (service-rest.md sections 13.1 and 13.4). */
@Controller()
export class MessagesController {
  constructor(
    @Inject('CloudToDeviceMessages') private readonly messages: CloudToDeviceMessages,
    private readonly throttles: HubThrottles,
  ) {}

  @Post([paths.deviceMessages, paths.moduleMessages])
  async send(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() receiver: DeviceIdentityId,
  ): Promise<void> {
    const headers = readGivenMessage(request.rawHeaders);
    const body = await readBody(request, response, bodyLimit);
    const given = { ...headers, to: formatDeviceBoundAddress(receiver), body };
    const now = new Date();
    const message = checkCloudToDeviceMessage(given, now);
    const caller = callerOf(request);
    await this.throttles.chargeMessage(caller, countedBytes(message), now);
    await this.messages.send(caller, receiver, message);
    answerNoContent({ request, response });
  }

  @Delete(paths.deviceMessageQueue)
  async purge(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const totalMessagesPurged = await this.messages.purge(callerOf(request), { deviceId });
    answerJson({ request, response }, 200, { totalMessagesPurged, deviceId, moduleId: '' });
  }
}
