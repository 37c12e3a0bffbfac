import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { azureLimits, HubError, parseIfMatch } from '@linchpin/wire';
import { deviceSchema, formatDevice, toDeviceDefinition } from '@linchpin/wire/json';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { putIdentity } from '../domain/put-identity.js';
import { answerEntity, answerJson, answerNoContent } from './answer.js';
import { knowsAttributes } from './api-version.js';
import { readJsonBody } from './json-body.js';
import { callerOf, contextOf } from './request-context.js';

/** Device identities (service-rest.md section 2). */
@Controller('devices')
export class DevicesController {
  constructor(@Inject('IdentityRegistry') private readonly registry: IdentityRegistry) {}

  @Get()
  async list(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const limit = parseTop(contextOf(request).target.query.get('top'));
    const devices = await this.registry.listDevices(callerOf(request), limit);
    const options = jsonOptionsOf(request);
    answerJson(
      { request, response },
      200,
      devices.map((device) => formatDevice(device, options)),
    );
  }

  @Get('{deviceId}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const device = await this.registry.get(callerOf(request), { deviceId });
    answerEntity({ request, response }, formatDevice(device, jsonOptionsOf(request)));
  }

  /** Without If-Match it creates and with it, it updates; both are 200 (section 1.4). */
  @Put('{deviceId}')
  async put(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const options = jsonOptionsOf(request);
    const body = await readJsonBody(request, response, deviceSchema);
    const definition = toDeviceDefinition(deviceId, body, options);
    const ifMatch = parseIfMatch(request.headers['if-match']);
    const device = await putIdentity(this.registry, {
      hub: callerOf(request),
      definition,
      ifMatch,
    });
    answerEntity({ request, response }, formatDevice(device, options));
  }

  @Delete('{deviceId}')
  async delete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const ifMatch = parseIfMatch(request.headers['if-match']);
    await this.registry.delete(callerOf(request), { deviceId }, ifMatch);
    answerNoContent({ request, response });
  }
}

/**
 * An absent one is the largest, and so is what is larger (section 2.4).
 *
 * @throws HubError `ArgumentInvalid` for what is no number of devices
 */
function parseTop(top: string | undefined): number {
  const { listedDevicesMax } = azureLimits;
  if (!top) {
    return listedDevicesMax;
  }
  if (!/^\d+$/.test(top) || Number(top) < 1) {
    throw new HubError('ArgumentInvalid', 'top: must be a whole number from 1 on.');
  }
  return Math.min(Number(top), listedDevicesMax);
}

function jsonOptionsOf(request: IncomingMessage): { withAttributes: boolean } {
  return { withAttributes: knowsAttributes(contextOf(request).target.query.get('api-version')) };
}
