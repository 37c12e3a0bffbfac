import {
  type AuthenticateDeviceRequest,
  type AuthenticateDeviceResponse,
  type AuthorizeServiceRequest,
  type AuthorizeServiceResponse,
  type CreateIdentityRequest,
  type CreateIdentityResponse,
  type DeleteIdentityRequest,
  type DeleteIdentityResponse,
  type GetIdentityRequest,
  type GetIdentityResponse,
  type GetStatisticsRequest,
  type GetStatisticsResponse,
  type ListDevicesRequest,
  type ListDevicesResponse,
  type ListModulesRequest,
  type ListModulesResponse,
  type RegistryService,
  type ResolveHubRequest,
  type ResolveHubResponse,
  type UpdateIdentityRequest,
  type UpdateIdentityResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { DeviceAuthenticator } from '../domain/authenticate-device.js';
import type { ServiceAuthorizer } from '../domain/authorize-service.js';
import type { CredentialStore } from '../domain/credential-store.js';
import type { IdentityCounts } from '../domain/identity-counts.js';
import type { IdentityRegistry } from '../domain/identity-registry.js';
import { resolveHub } from '../domain/resolve-hub.js';
import type { TelemetryTopics } from '../domain/telemetry-topics.js';
import type { RegistryEvents } from '../events.js';
import { fromClientMessage } from './client-message.js';
import {
  fromCredentialMessage,
  toAuthenticatedMessage,
  toAuthorizedMessage,
} from './credential-message.js';
import { fromDefinitionMessage, toIdentityMessage } from './identity-message.js';

export interface RegistryControllerParts {
  readonly credentials: CredentialStore;
  readonly authenticator: DeviceAuthenticator;
  readonly authorizer: ServiceAuthorizer;
  readonly registry: IdentityRegistry;
  readonly counts: IdentityCounts;
  readonly topics: TelemetryTopics;
  readonly events: RegistryEvents;
}

export const registryControllerParts = Symbol('RegistryControllerParts');

@Controller()
export class RegistryController implements RpcHandlers<typeof RegistryService> {
  constructor(@Inject(registryControllerParts) private readonly parts: RegistryControllerParts) {}

  @GrpcMethod('Registry', 'authenticateDevice')
  async authenticateDevice(
    request: AuthenticateDeviceRequest,
  ): Promise<AuthenticateDeviceResponse> {
    const { authenticator, topics, events } = this.parts;
    const { hostName, deviceId, moduleId } = request;
    const client = fromClientMessage(request.client);
    const credential = fromCredentialMessage(request.credential);
    const claim = { hostName, client, deviceId, moduleId, credential };
    const device = await events.judging(
      credential.kind === 'token' ? 'device-token' : 'device-certificate',
      authenticator.authenticate(claim),
    );
    return toAuthenticatedMessage(device, topics.nameOf(device.hub.name));
  }

  @GrpcMethod('Registry', 'authorizeService')
  async authorizeService({
    sharedAccessSignature: token,
    path,
    client,
  }: AuthorizeServiceRequest): Promise<AuthorizeServiceResponse> {
    const { authorizer, topics, events } = this.parts;
    const claim = { token, path, client: fromClientMessage(client) };
    const service = await events.judging('service-token', authorizer.authorize(claim));
    return toAuthorizedMessage(service, topics.nameOf(service.hub.name));
  }

  @GrpcMethod('Registry', 'resolveHub')
  async resolveHub({ hostName, client }: ResolveHubRequest): Promise<ResolveHubResponse> {
    return resolveHub(this.parts.credentials, { hostName, client: fromClientMessage(client) });
  }

  @GrpcMethod('Registry', 'getIdentity')
  async getIdentity(request: GetIdentityRequest): Promise<GetIdentityResponse> {
    const { hub, deviceId, moduleId } = request;
    const identity = await this.parts.registry.get(hub, { deviceId, moduleId });
    return { identity: toIdentityMessage(identity) };
  }

  @GrpcMethod('Registry', 'createIdentity')
  async createIdentity(request: CreateIdentityRequest): Promise<CreateIdentityResponse> {
    const { hub } = request;
    const definition = fromDefinitionMessage(request.definition);
    const identity = await this.parts.registry.create(hub, definition);
    const { deviceId, moduleId } = identity;
    this.parts.events.identityChanged({ operation: 'create', hub, deviceId, moduleId });
    return { identity: toIdentityMessage(identity) };
  }

  @GrpcMethod('Registry', 'updateIdentity')
  async updateIdentity(request: UpdateIdentityRequest): Promise<UpdateIdentityResponse> {
    const { hub, ifMatch } = request;
    const definition = fromDefinitionMessage(request.definition);
    const identity = await this.parts.registry.update(hub, definition, ifMatch);
    const { deviceId, moduleId } = identity;
    this.parts.events.identityChanged({ operation: 'update', hub, deviceId, moduleId });
    return { identity: toIdentityMessage(identity) };
  }

  @GrpcMethod('Registry', 'deleteIdentity')
  async deleteIdentity(request: DeleteIdentityRequest): Promise<DeleteIdentityResponse> {
    const { hub, deviceId, moduleId, ifMatch } = request;
    await this.parts.registry.delete(hub, { deviceId, moduleId }, ifMatch);
    this.parts.events.identityChanged({ operation: 'delete', hub, deviceId, moduleId });
    return {};
  }

  @GrpcMethod('Registry', 'listDevices')
  async listDevices({ hub, limit }: ListDevicesRequest): Promise<ListDevicesResponse> {
    const devices = await this.parts.registry.listDevices(hub, limit);
    return { devices: devices.map(toIdentityMessage) };
  }

  @GrpcMethod('Registry', 'listModules')
  async listModules({ hub, deviceId }: ListModulesRequest): Promise<ListModulesResponse> {
    const modules = await this.parts.registry.listModules(hub, deviceId);
    return { modules: modules.map(toIdentityMessage) };
  }

  @GrpcMethod('Registry', 'getStatistics')
  async getStatistics({ hub }: GetStatisticsRequest): Promise<GetStatisticsResponse> {
    const { total, enabled, disabled, connected } = await this.parts.counts.statistics(hub);
    return {
      totalDeviceCount: BigInt(total),
      enabledDeviceCount: BigInt(enabled),
      disabledDeviceCount: BigInt(disabled),
      connectedDeviceCount: BigInt(connected),
      identityCountMax: BigInt(this.parts.registry.identitiesMax),
    };
  }
}
