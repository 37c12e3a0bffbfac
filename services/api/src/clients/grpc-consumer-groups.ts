import type { ConsumerGroupsClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { ConsumerGroups } from '../domain/consumer-groups.js';

const deadlineMs = 5_000;

/** The consumer groups, kept by the registry service. */
export class GrpcConsumerGroups implements ConsumerGroups {
  constructor(private readonly client: ConsumerGroupsClient) {}

  async list(hub: string): Promise<readonly string[]> {
    const { names } = await callUnary(
      this.client.listConsumerGroups.bind(this.client),
      { hub },
      { name: 'ConsumerGroups/ListConsumerGroups', deadlineMs },
    );
    return names;
  }

  async create(hub: string, name: string): Promise<string> {
    const group = await callUnary(
      this.client.createConsumerGroup.bind(this.client),
      { hub, name },
      { name: 'ConsumerGroups/CreateConsumerGroup', deadlineMs },
    );
    return group.name;
  }

  async delete(hub: string, name: string): Promise<void> {
    await callUnary(
      this.client.deleteConsumerGroup.bind(this.client),
      { hub, name },
      { name: 'ConsumerGroups/DeleteConsumerGroup', deadlineMs },
    );
  }
}
