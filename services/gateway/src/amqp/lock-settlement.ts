/** How a client settles what is locked for it, and what it is told (amqp.md sections 6.2 and 8.2). */
import type { Outcome } from '@linchpin/amqp';
import { HubError } from '@linchpin/wire';
import type { SettlementOutcome } from '../domain/device-messages.js';
import { rejectedFor } from './amqp-fault.js';

export function settlementOf(outcome: Outcome | null): SettlementOutcome {
  switch (outcome?.type) {
    case 'accepted':
      return 'complete';
    case 'rejected':
      return 'reject';
    case 'modified':
      return outcome.undeliverableHere ? 'reject' : 'abandon';
    case 'released':
    case undefined:
      return 'abandon';
  }
}

/** It came too late, and what was locked goes to whoever is next. */
export function lockLost(): Outcome {
  return rejectedFor(new HubError('DeviceMessageLockLost', 'The lock is over.'));
}
