/** What clients are told of an error (amqp.md section 11): its condition, and a report as text. */
import { randomBytes } from 'node:crypto';
import { AmqpDecodeError, amqpError, type AmqpError, type Outcome } from '@linchpin/amqp';
import { errorReport, errorTable, HubError, type EndCause } from '@linchpin/wire';
import { LinkRefusal } from './link-refusal.js';

/** Of an error that nobody has foreseen nothing is shown. */
export function toAmqpError(error: unknown): AmqpError {
  if (error instanceof LinkRefusal) {
    return error.toAmqp();
  }
  const told = error instanceof HubError ? error : new HubError('ServerError', 'Internal error.');
  const report = errorReport(told, { id: randomBytes(16).toString('hex'), time: new Date() });
  return amqpError(errorTable[told.code].amqp, JSON.stringify(report));
}

/** What becomes of a message that is not taken. */
export function rejectedFor(error: unknown): Outcome {
  const told =
    error instanceof AmqpDecodeError
      ? amqpError('amqp:decode-error', error.message)
      : toAmqpError(error);
  return { type: 'rejected', error: told };
}

/** The client's doing, or something that heals by itself; all else is a fault of the gateway's own. */
export function isForeseen(error: unknown): boolean {
  return error instanceof HubError || error instanceof AmqpDecodeError;
}

/** With what the links of an identity end whose connection ends; null when nobody is left to be told. */
export function errorOfEnd(cause: EndCause): AmqpError | null {
  switch (cause) {
    case 'client-disconnect':
    case 'connection-lost':
      return null;
    case 'takeover':
      return toAmqpError(new HubError('LinkCreationConflict', 'The identity has connected anew.'));
    case 'token-expired':
      return toAmqpError(new HubError('IotHubUnauthorized', 'The credential has expired.'));
    case 'revoked':
      return toAmqpError(new HubError('IotHubUnauthorized', 'The credential counts no more.'));
    case 'keep-alive-timeout':
    case 'not-reading':
    case 'gateway-stopped':
      return amqpError('amqp:link:detach-forced', 'The gateway ends the link. Please retry.');
    case 'hub-limit':
      return toAmqpError(new HubError('ThrottlingException', 'The hub does more than it may.'));
    case 'protocol-violation':
      return amqpError('amqp:not-allowed', 'The link did what it may not.');
    case 'store-failed':
      return toAmqpError(new HubError('ServiceUnavailable', 'A store does not answer; try again.'));
  }
}
