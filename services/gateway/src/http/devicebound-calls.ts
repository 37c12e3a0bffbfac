/** Messages to a device that asks for them by HTTPS (device-https.md sections 4 and 5). */
import { azureLimits, HubError, parseIfMatch, parseLockToken } from '@linchpin/wire';
import type { RequestAccess } from '../domain/request-accesses.js';
import type { DeviceCall } from './device-call.js';
import { formatDeviceboundHeaders } from './devicebound-message.js';
import type { HttpServices } from './http-services.js';
import { noContent, type CallAnswer, type ServedCall } from './served-call.js';

const lockSecondsMax = 300;

/**
 * The oldest that waits, locked for a while. Where the answer does not reach the client, the lock ends by itself: the
 * message waits again, and no delivery counts.
 */
export async function receiveMessage(
  served: ServedCall,
  { session, limiter }: RequestAccess,
  { messages: queues }: HttpServices,
): Promise<CallAnswer> {
  await limiter.admitReceive();
  const lockSeconds = readLockSeconds(served);
  const { messages } = await queues.lock(
    { session, connection: undefined },
    { limit: 1, held: [], subscribedMs: undefined, lockSeconds },
  );
  const [message] = messages;
  return message === undefined
    ? noContent
    : {
        status: 200,
        headers: formatDeviceboundHeaders(message, session.identity),
        body: message.body,
      };
}

/** @throws HubError DeviceMessageLockLost, also for what is the name of no lock; PreconditionFailed */
export async function settleMessage(
  { exchange }: ServedCall,
  call: Extract<DeviceCall, { readonly name: 'settleMessage' }>,
  { session }: RequestAccess,
  { messages, events }: HttpServices,
): Promise<CallAnswer> {
  const lockToken = parseLockToken(call.lockToken);
  if (lockToken === undefined) {
    throw lockLost();
  }
  checkIfMatch(exchange.request.headers['if-match'], lockToken);
  const settlement = { lockToken, outcome: call.outcome };
  const [isSettled] = await messages.settle({ session, connection: undefined }, [settlement]);
  if (isSettled !== true) {
    throw lockLost();
  }
  events.messageSettled(session.grant.hub, call.outcome);
  return noContent;
}

/** SDKs say it in either place; what makes no sense is what they were told to wait, and the usual time will do. */
function readLockSeconds({ exchange, call }: ServedCall): number {
  const name = 'iothub-messagelocktimeout';
  const text = exchange.request.headers[name]?.toString() ?? call.query.get(name) ?? '';
  return /^\d{1,9}$/.test(text)
    ? Math.min(Math.max(Number(text), 1), lockSecondsMax)
    : azureLimits.messageLockSeconds;
}

/** It need not be there; with quotes or without, in any letter case. */
function checkIfMatch(header: string | undefined, lockToken: Buffer): void {
  const tag = parseIfMatch(header);
  if (tag !== undefined && tag !== '*' && parseLockToken(tag)?.equals(lockToken) !== true) {
    throw new HubError('PreconditionFailed', 'If-Match names another lock than the path.');
  }
}

function lockLost(): HubError {
  return new HubError(
    'DeviceMessageLockLost',
    'The message is not locked under that name any more, or never was.',
  );
}
