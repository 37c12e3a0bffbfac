import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import { ReceivedMessage } from './received-message.js';

/** The message format of a batch: each Data section is a message of its own (amqp.md §6.1). */
export const batchMessageFormat = 0x80013700;

/**
 * The messages of a batch, in order, each as its bytes; what else the envelope has means nothing.
 *
 * @throws AmqpDecodeError for what is no batch, or has more messages than wanted
 */
export function expandBatch(payload: Buffer, messagesMax: number): readonly Buffer[] {
  const { body } = new ReceivedMessage(payload);
  if (body.type !== 'data') {
    throw new AmqpDecodeError('a batch without data sections');
  }
  if (body.sections.length > messagesMax) {
    throw new AmqpDecodeError(`a batch of ${body.sections.length} messages`);
  }
  return body.sections;
}
