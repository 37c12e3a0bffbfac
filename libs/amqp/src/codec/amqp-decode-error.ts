/** Bytes that are not what AMQP 1.0 allows at their place; the message says what is wrong with them. */
export class AmqpDecodeError extends Error {
  override readonly name = 'AmqpDecodeError';
}
