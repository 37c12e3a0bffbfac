import type { AmqpError } from '@linchpin/amqp';

/** Why a link is refused or ended, in the very words that its client is told; logs name it by its condition. */
export class LinkRefusal extends Error {
  override readonly name: string;

  constructor(
    private readonly told: AmqpError,
    options?: ErrorOptions,
  ) {
    super(told.description ?? told.condition, options);
    this.name = told.condition;
  }

  toAmqp(): AmqpError {
    return this.told;
  }
}
