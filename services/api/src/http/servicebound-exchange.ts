/** How a back end receives and settles what is locked for it (service-rest.md section 13.2). */
import type { Exchange } from '@linchpin/platform/http-server';
import { formatEtag, formatLockToken, HubError, parseLockToken } from '@linchpin/wire';
import type {
  ServiceboundMessage,
  ServiceboundOutcome,
  ServiceboundQueue,
} from '../domain/servicebound-queue.js';
import { answerJson, answerNoContent } from './answer.js';
import { callerOf } from './request-context.js';

/** One message, whose lock is its tag. */
export async function answerReceived<Message extends ServiceboundMessage>(
  exchange: Exchange,
  queue: Pick<ServiceboundQueue<Message>, 'receive'>,
  format: (message: Message) => object,
): Promise<void> {
  const message = await queue.receive(callerOf(exchange.request));
  if (message === undefined) {
    answerNoContent(exchange);
    return;
  }
  exchange.response.setHeader('ETag', formatEtag(formatLockToken(message.lockToken)));
  answerJson(exchange, 200, format(message));
}

/** @throws HubError DeviceMessageLockLost, also for what names no lock */
export async function answerSettled(
  exchange: Exchange,
  queue: Pick<ServiceboundQueue<ServiceboundMessage>, 'settle'>,
  lockToken: string,
  outcome: ServiceboundOutcome,
): Promise<void> {
  const lock = parseLockToken(lockToken);
  if (lock === undefined) {
    throw new HubError('DeviceMessageLockLost', 'There is no lock of that name.');
  }
  await queue.settle(callerOf(exchange.request), lock, outcome);
  answerNoContent(exchange);
}
