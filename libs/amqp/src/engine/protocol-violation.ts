import { amqpError, type AmqpError } from '../performatives/error.js';

/** A peer broke the rules of AMQP 1.0; what it broke them for ends with this error. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
  readonly error: AmqpError;

  constructor(
    readonly scope: 'connection' | 'session',
    condition: string,
    description: string,
  ) {
    super(description);
    this.error = amqpError(condition, description);
  }
}
