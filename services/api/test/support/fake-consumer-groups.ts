/** The consumer groups of the fake registry's hubs. */
import { HubError } from '@linchpin/wire';

interface GroupRequest {
  readonly hub: string;
  readonly name: string;
}

/** @param groupsOf the groups of a hub, to be changed */
export function consumerGroupRpcs(
  groupsOf: (hub: string) => string[],
): Record<string, (request: never) => object> {
  return {
    listConsumerGroups: ({ hub }: { hub: string }) => ({ names: groupsOf(hub) }),
    createConsumerGroup: ({ hub, name }: GroupRequest) => {
      groupsOf(hub).push(name);
      return { name };
    },
    deleteConsumerGroup: ({ hub, name }: GroupRequest) => {
      const index = groupsOf(hub).indexOf(name);
      if (index < 0) {
        throw new HubError('GenericNotFound', 'There is no consumer group of that name.');
      }
      groupsOf(hub).splice(index, 1);
      return {};
    },
  };
}
