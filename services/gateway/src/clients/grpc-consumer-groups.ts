import { ConsumerGroupsClient, repeatableRpcs } from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import type { ConsumerGroups } from '../domain/consumer-groups.js';

const deadlineMs = 5_000;

/** Asks the registry. */
export class GrpcConsumerGroups implements ConsumerGroups {
  readonly #client: ConsumerGroupsClient;

  constructor(address: string, tls: GrpcTls | undefined) {
    this.#client = createGrpcClient(ConsumerGroupsClient, {
      ...{ address, tls, retried: repeatableRpcs },
    });
  }

  async list(hub: string): Promise<readonly string[]> {
    const { names } = await callUnary(
      this.#client.listConsumerGroups.bind(this.#client),
      { hub },
      { name: 'ConsumerGroups/ListConsumerGroups', deadlineMs },
    );
    return names;
  }

  close(): void {
    this.#client.close();
  }
}
