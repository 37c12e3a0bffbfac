import { murmur2 } from '@platformatic/kafka';

/** The partition that Kafka's own clients choose for a key, so that ours agree with theirs. */
export function partitionFor(key: Buffer, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount;
}
