import type { AmqpValue, ReceivedMessage } from '@linchpin/amqp';

/**
 * The id of a request, for its answer: of no kind that holds others, and no view, which would keep alive all that
 * the request came in.
 */
export function requestMessageId({ properties }: ReceivedMessage): AmqpValue {
  const id = properties?.messageId ?? null;
  if (id === null || typeof id !== 'object') {
    return id;
  }
  if (id.type === 'binary' || id.type === 'uuid') {
    return { type: id.type, value: Buffer.from(id.value) };
  }
  return typeof id.value === 'number' || typeof id.value === 'bigint' ? id : null;
}
