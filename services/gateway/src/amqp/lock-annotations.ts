import { timestamp, ubyte, ulong, type AmqpValue } from '@linchpin/amqp';
import { formatLockToken } from '@linchpin/wire';

interface Locked {
  /** 16 bytes. */
  readonly lockToken: Buffer;
  readonly sequenceNumber: bigint;
  readonly enqueuedTime: Date;
  readonly deliveryCount: number;
}

/** What clients are told of a message that is locked for them, with the exact types (amqp.md sections 6.2 and 8.2). */
export function lockAnnotations(locked: Locked): Map<string, AmqpValue> {
  const { lockToken, sequenceNumber, enqueuedTime, deliveryCount } = locked;
  return new Map<string, AmqpValue>([
    ['iothub-enqueuedtime', timestamp(enqueuedTime.getTime())],
    ['iothub-deliverycount', ubyte(Math.min(deliveryCount, 255))],
    ['x-opt-sequence-number', ulong(sequenceNumber)],
    ['x-opt-lock-token', formatLockToken(lockToken)],
  ]);
}
