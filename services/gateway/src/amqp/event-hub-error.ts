/** What readers are told of errors, in Event Hubs' words, which their SDKs look for (amqp.md sections 9.5, 9.7). */
import { amqpError } from '@linchpin/amqp';
import type { NewerReader } from '../domain/event-readers.js';
import type { EventReader } from '../domain/reader-claims.js';
import { LinkRefusal } from './link-refusal.js';

/** An error of the endpoint: for a link its condition, for a request of management its status, too. */
export class EventHubError extends LinkRefusal {
  constructor(
    readonly condition: string,
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(amqpError(condition, message), options);
  }
}

export function entityNotFound(entity: string): EventHubError {
  const text = `The messaging entity '${shown(entity)}' could not be found.`;
  return new EventHubError('amqp:not-found', 404, text);
}

export function partitionOutOfRange(partition: string, count: number): EventHubError {
  const text =
    `The specified partition is invalid for an EventHub partition sender or receiver. ` +
    `It should be between 0 and ${count - 1}, and is '${shown(partition)}'.`;
  return new EventHubError('com.microsoft:argument-out-of-range', 400, text);
}

export function argumentOutOfRange(text: string): EventHubError {
  return new EventHubError('com.microsoft:argument-out-of-range', 400, text);
}

export function argumentError(text: string): EventHubError {
  return new EventHubError('com.microsoft:argument-error', 400, text);
}

export function invalidFilter(): EventHubError {
  return new EventHubError('amqp:not-allowed', 400, 'Invalid filter: see amqp.annotation.x-opt-…');
}

export function serverBusy(cause: unknown): EventHubError {
  const text = 'The server was unable to process the request; please retry the operation.';
  return new EventHubError('com.microsoft:server-busy', 503, text, { cause });
}

export function tooManyReceivers(max: number): EventHubError {
  const text =
    `Exceeded the maximum number of allowed receivers per partition in a consumer group ` +
    `which is ${max}.`;
  return new EventHubError('amqp:resource-limit-exceeded', 403, text);
}

/** Another gateway may have room. */
export function hubFull(max: number): EventHubError {
  const text = `The hub has ${max} receivers at this gateway, which is the most that it may have.`;
  return new EventHubError('amqp:resource-limit-exceeded', 403, text);
}

/** A reader is refused for the place is held with an epoch. */
export function placeHeld(reader: EventReader, holder: NewerReader): EventHubError {
  const text =
    reader.epoch === undefined
      ? `At least one receiver for the endpoint is created with epoch of '${holder.epoch}', and so ` +
        'non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure all ' +
        'epoch receivers are closed or disconnected.'
      : `Receiver '${shown(holder.name)}' with a higher epoch '${holder.epoch}' already exists. ` +
        `Receiver '${shown(reader.name)}' with epoch ${reader.epoch} cannot be created. Make sure you ` +
        'are creating receiver with increasing epoch value to ensure connectivity, or ensure all old ' +
        'epoch receivers are closed or disconnected.';
  return new EventHubError('amqp:link:stolen', 409, text);
}

/** A reader ends for another has its place. */
export function placeStolen(reader: EventReader, newer: NewerReader | undefined): EventHubError {
  const was =
    `current receiver '${shown(reader.name)}' with epoch '${reader.epoch ?? ''}' is getting ` +
    'disconnected. If you are recreating the receiver, make sure a higher epoch is used.';
  const text =
    newer === undefined
      ? `A new receiver is created hence ${was}`
      : `New receiver '${shown(newer.name)}' with higher epoch of '${newer.epoch}' is created hence ${was}`;
  return new EventHubError('amqp:link:stolen', 409, text);
}

/** What a client has chosen comes back no longer than it is told apart by. */
function shown(text: string): string {
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

const shownLengthMax = 128;
