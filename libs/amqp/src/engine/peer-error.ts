import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import { FramingError } from '../frames/framing-error.js';
import { amqpError, type AmqpError } from '../performatives/error.js';
import { ProtocolViolation } from './protocol-violation.js';

/** What the peer is told of an error of its own; undefined for one that is ours. */
export function peerErrorFor(error: unknown): AmqpError | undefined {
  if (error instanceof AmqpDecodeError) {
    return amqpError('amqp:decode-error', error.message);
  }
  if (error instanceof FramingError) {
    return amqpError('amqp:connection:framing-error', error.message);
  }
  if (error instanceof ProtocolViolation) {
    return error.error;
  }
  return undefined;
}
