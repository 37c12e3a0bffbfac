import type {
  ConsumerGroupsService,
  CreateConsumerGroupRequest,
  CreateConsumerGroupResponse,
  DeleteConsumerGroupRequest,
  DeleteConsumerGroupResponse,
  ListConsumerGroupsRequest,
  ListConsumerGroupsResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ConsumerGroups } from '../domain/consumer-groups.js';

export interface ConsumerGroupsControllerParts {
  readonly consumerGroups: ConsumerGroups;
}

export const consumerGroupsControllerParts = Symbol('ConsumerGroupsControllerParts');

@Controller()
export class ConsumerGroupsController implements RpcHandlers<typeof ConsumerGroupsService> {
  constructor(
    @Inject(consumerGroupsControllerParts) private readonly parts: ConsumerGroupsControllerParts,
  ) {}

  @GrpcMethod('ConsumerGroups', 'listConsumerGroups')
  async listConsumerGroups({
    hub,
  }: ListConsumerGroupsRequest): Promise<ListConsumerGroupsResponse> {
    return { names: [...(await this.parts.consumerGroups.list(hub))] };
  }

  @GrpcMethod('ConsumerGroups', 'createConsumerGroup')
  async createConsumerGroup({
    hub,
    name,
  }: CreateConsumerGroupRequest): Promise<CreateConsumerGroupResponse> {
    return { name: await this.parts.consumerGroups.create(hub, name) };
  }

  @GrpcMethod('ConsumerGroups', 'deleteConsumerGroup')
  async deleteConsumerGroup({
    hub,
    name,
  }: DeleteConsumerGroupRequest): Promise<DeleteConsumerGroupResponse> {
    await this.parts.consumerGroups.delete(hub, name);
    return {};
  }
}
