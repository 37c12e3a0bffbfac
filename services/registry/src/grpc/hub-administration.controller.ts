import {
  HubState as StateMessage,
  type CreateHubRequest,
  type CreateHubResponse,
  type DeleteHubRequest,
  type DeleteHubResponse,
  type GetHubRequest,
  type GetHubResponse,
  type HubAdministrationService,
  type Hub as HubMessage,
  type ListHubsRequest,
  type ListHubsResponse,
  type ListPoliciesRequest,
  type ListPoliciesResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Hub, HubState } from '../domain/hub.js';
import type { HubAdministration } from '../domain/hub-administration.js';
import type { TelemetryTopics } from '../domain/telemetry-topics.js';
import type { RegistryEvents } from '../events.js';

export interface HubAdministrationControllerParts {
  readonly administration: HubAdministration;
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
    const { hub, created } = await administration.create({
      ...request,
      partitionCount,
      retentionDays,
    });
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
  async listHubs({ after, pageSize }: ListHubsRequest): Promise<ListHubsResponse> {
    const hubs = await this.parts.administration.list(after, pageSize);
    return { hubs: hubs.map((hub) => this.#toMessage(hub)) };
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

  #toMessage(hub: Hub): HubMessage {
    return {
      ...hub,
      hostNames: [...hub.hostNames],
      telemetryTopic: this.parts.topics.nameOf(hub.name),
      state: stateMessages[hub.state],
    };
  }
}

const stateMessages = {
  activating: StateMessage.ACTIVATING,
  active: StateMessage.ACTIVE,
  deleting: StateMessage.DELETING,
} as const satisfies Record<HubState, StateMessage>;
