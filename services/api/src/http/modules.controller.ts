import { IncomingMessage, ServerResponse } from 'node:http';
import { parseIfMatch } from '@linchpin/wire';
import { formatModule, moduleSchema, toModuleDefinition, type ModuleId } from '@linchpin/wire/json';
import { Controller, Delete, Get, Inject, Param, Put, Req, Res } from '@nestjs/common';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { putIdentity } from '../domain/put-identity.js';
import { answerEntity, answerJson, answerNoContent } from './answer.js';
import { readJsonBody } from './json-body.js';
import { callerOf } from './request-context.js';

/** Module identities (service-rest.md section 3). */
@Controller('devices/{deviceId}/modules')
export class ModulesController {
  constructor(@Inject('IdentityRegistry') private readonly registry: IdentityRegistry) {}

  @Get()
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('deviceId') deviceId: string,
  ): Promise<void> {
    const modules = await this.registry.listModules(callerOf(request), deviceId);
    answerJson({ request, response }, 200, modules.map(formatModule));
  }

  @Get('{moduleId}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: ModuleId,
  ): Promise<void> {
    const module = await this.registry.get(callerOf(request), path);
    answerEntity({ request, response }, formatModule(module));
  }

  /** As for devices; 200 for a new module too, which the Edge daemon insists on. */
  @Put('{moduleId}')
  async put(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: ModuleId,
  ): Promise<void> {
    const body = await readJsonBody(request, response, moduleSchema);
    const definition = toModuleDefinition(path, body);
    const ifMatch = parseIfMatch(request.headers['if-match']);
    const module = await putIdentity(this.registry, {
      hub: callerOf(request),
      definition,
      ifMatch,
    });
    answerEntity({ request, response }, formatModule(module));
  }

  @Delete('{moduleId}')
  async delete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() path: ModuleId,
  ): Promise<void> {
    const ifMatch = parseIfMatch(request.headers['if-match']);
    await this.registry.delete(callerOf(request), path, ifMatch);
    answerNoContent({ request, response });
  }
}
