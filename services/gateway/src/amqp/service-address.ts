/** Addresses of back ends' links, and which tokens cover them (amqp.md sections 5.2, 8 and 9). */
import { audiencePath } from '@linchpin/auth';
import type { AmqpAddress } from '@linchpin/wire';

export type ServiceAddress = Exclude<AmqpAddress, { readonly kind: 'cbs' | 'device' }>;

/**
 * Whether what is at the address lies below the audience. Letter case does not count: SDKs write these words, and
 * names of Event Hubs and their consumer groups, as they like.
 *
 * @param audience of a policy's token
 */
export function coversAddress(audience: string, address: ServiceAddress): boolean {
  const scope = segmentsOf(audiencePath(audience));
  const resource = resourceOf(address);
  return (
    scope.length <= resource.length &&
    scope.every((segment, index) => resource[index] === anything || resource[index] === segment)
  );
}

/** Where the address leaves open what is meant. */
const anything = undefined;

function resourceOf(address: ServiceAddress): readonly (string | undefined)[] {
  switch (address.kind) {
    case 'cloud-to-device':
      return segmentsOf('messages/devicebound');
    case 'feedback':
      return segmentsOf('messages/servicebound/feedback');
    case 'file-notifications':
      return segmentsOf('messages/servicebound/filenotifications');
    case 'built-in-events':
      return segmentsOf(`messages/events${address.tail}`);
    case 'event-hub-management':
      return [address.entity?.toLowerCase() ?? anything, '$management'];
    case 'event-hub-partition': {
      const { entity, consumerGroup, partition } = address;
      return [
        ...[entity.toLowerCase(), 'consumergroups', consumerGroup.toLowerCase()],
        ...['partitions', partition.toLowerCase()],
      ];
    }
  }
}

function segmentsOf(path: string): readonly string[] {
  return path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}
