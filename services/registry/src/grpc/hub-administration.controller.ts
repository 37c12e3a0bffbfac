import {
  keySideMessages,
  wordOf,
  type CountHubsRequest,
  type CountHubsResponse,
  type CreateHubRequest,
  type CreateHubResponse,
  type DeleteHubRequest,
  type DeleteHubResponse,
  type GetHubRequest,
  type GetHubResponse,
  type HubAdministrationService,
  type KeySide as KeySideMessage,
  type Hub as HubMessage,
  type ListHubsRequest,
  type ListHubsResponse,
  type ListPoliciesRequest,
  type ListPoliciesResponse,
  type RegeneratePolicyKeyRequest,
  type RegeneratePolicyKeyResponse,
  type UpdateHubRequest,
  type UpdateHubResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, type KeySide } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Hub } from '../domain/hub.js';
import type { HubAdministration } from '../domain/hub-administration.js';
import type { HubUpdates } from '../domain/hub-updates.js';
import type { TelemetryTopics } from '../domain/telemetry-topics.js';
import type { RegistryEvents } from '../events.js';
import { fromChangesMessage, fromUpdateMessage, toHubMessage } from './hub-message.js';

export interface HubAdministrationControllerParts {
  readonly administration: HubAdministration;
  readonly updates: HubUpdates;
  readonly topics: TelemetryTopics;
  readonly events: RegistryEvents;
}

export const hubAdministrationControllerParts = Symbol('HubAdministrationControllerParts');

@Controller()
export class HubAdministrationController implements RpcHandlers<typeof HubAdministrationService> {
  constructor(
    @Inject(hubAdministrationControllerParts)
    private readonly parts: HubAdministrationControllerParts,
  ) {}

  @GrpcMethod('HubAdministration', 'createHub')
  async createHub(request: CreateHubRequest): Promise<CreateHubResponse> {
    const { administration, events } = this.parts;
    const { partitionCount, retentionDays } = request;
    const { hub, created } = await administration.create(
      { ...request, partitionCount, retentionDays },
      fromChangesMessage(request.changes),
    );
    if (created) {
      events.hubCreated(hub.name);
    }
    return { hub: this.#toMessage(hub), created };
  }

  @GrpcMethod('HubAdministration', 'getHub')
  async getHub({ name }: GetHubRequest): Promise<GetHubResponse> {
    return { hub: this.#toMessage(await this.parts.administration.get(name)) };
  }

  @GrpcMethod('HubAdministration', 'listHubs')
  async listHubs({ after }: ListHubsRequest): Promise<ListHubsResponse> {
    const { hubs, next } = await this.parts.administration.list(after);
    return { hubs: hubs.map((hub) => this.#toMessage(hub)), next };
  }

  @GrpcMethod('HubAdministration', 'countHubs')
  async countHubs({ subscriptionId }: CountHubsRequest): Promise<CountHubsResponse> {
    return this.parts.administration.count(subscriptionId);
  }

  @GrpcMethod('HubAdministration', 'deleteHub')
  async deleteHub({ name }: DeleteHubRequest): Promise<DeleteHubResponse> {
    await this.parts.administration.delete(name);
    this.parts.events.hubDeleted(name);
    return {};
  }

  @GrpcMethod('HubAdministration', 'listPolicies')
  async listPolicies({ hub }: ListPoliciesRequest): Promise<ListPoliciesResponse> {
    const policies = await this.parts.administration.listPolicies(hub);
    return { policies: [...policies] };
  }

  @GrpcMethod('HubAdministration', 'updateHub')
  async updateHub(request: UpdateHubRequest): Promise<UpdateHubResponse> {
    const { updates, events } = this.parts;
    const hub = await updates.update(request.name, fromUpdateMessage(request));
    events.hubChanged(hub.name);
    return { hub: this.#toMessage(hub) };
  }

  @GrpcMethod('HubAdministration', 'regeneratePolicyKey')
  async regeneratePolicyKey({
    hub,
    policy: policyName,
    side,
  }: RegeneratePolicyKeyRequest): Promise<RegeneratePolicyKeyResponse> {
    const { updates, events } = this.parts;
    const policy = await updates.regenerateKey(hub, { policyName, side: fromSideMessage(side) });
    events.hubChanged(hub);
    return { policy };
  }

  #toMessage(hub: Hub): HubMessage {
    return toHubMessage(hub, this.parts.topics.nameOf(hub.name));
  }
}

function fromSideMessage(side: KeySideMessage): KeySide {
  const word = wordOf(keySideMessages, side);
  if (word === undefined) {
    throw new HubError('ArgumentInvalid', 'Say which of the two keys is to be another.');
  }
  return word;
}
