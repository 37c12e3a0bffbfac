import type { MessageHints } from './message-hints.js';
import type { MessageQueue, Settlement } from './message-queue.js';
import type { Recipient } from './recipient.js';

interface SettleMessagesParts {
  readonly queue: Pick<MessageQueue, 'settle'>;
  readonly hints: Pick<MessageHints, 'enqueued'>;
}

/** Ends locks as their receivers say (amqp.md section 6.2). */
export class SettleMessages {
  constructor(private readonly parts: SettleMessagesParts) {}

  /** As `MessageQueue.settle`. */
  async settle(
    recipient: Recipient,
    settlements: readonly Settlement[],
    keepsMessages: boolean,
  ): Promise<readonly boolean[]> {
    const { queue, hints } = this.parts;
    const settled = await queue.settle(recipient, settlements, keepsMessages);
    // It may have been given back by another receiver than the one that is connected.
    if (
      settlements.some(({ outcome }, index) => outcome === 'abandon' && settled[index] === true)
    ) {
      hints.enqueued(recipient);
    }
    return settled;
  }
}
