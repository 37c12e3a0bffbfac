import { azureLimits, HubError, type DeviceIdentityId, type HubId } from '@linchpin/wire';
import type { MessageHints } from './message-hints.js';
import type { MessageQueue, NewMessage } from './message-queue.js';
import type { CloudToDeviceSettings, Recipient, Recipients } from './recipient.js';
import type { SentMessage } from './sent-message.js';

interface SendMessageParts {
  readonly recipients: Recipients;
  readonly queue: Pick<MessageQueue, 'add'>;
  readonly hints: Pick<MessageHints, 'enqueued'>;
}

/** Puts a message into the queue of its device (amqp.md section 6.2, security-limits.md section 11.1). */
export class SendMessage {
  constructor(private readonly parts: SendMessageParts) {}

  /**
   * Resolves when the message is stored.
   *
   * @throws HubError `DeviceNotFound`, `ModuleNotFound`, `IotHubNotFound`, `MessageTooLarge`, `ArgumentInvalid`,
   *   `InvalidMessageExpiryTime`, `DeviceMaximumQueueDepthExceeded`
   */
  async send(hub: HubId, identity: DeviceIdentityId, message: SentMessage): Promise<void> {
    checkMessage(message);
    const { generationId, settings } = await this.parts.recipients.get(hub, identity);
    const recipient = { ...hub, identity, generationId };
    const expiryTime = expiryOf(message, settings);
    if (!(await this.#add(recipient, { ...message, expiryTime }, settings))) {
      throw new HubError(
        'DeviceMaximumQueueDepthExceeded',
        `${azureLimits.queuedMessagesMax} messages wait for ${identity.deviceId} already.`,
      );
    }
  }

  /** The answer to a commit may be lost: the message is stored then, though its sender hears otherwise. */
  async #add(
    recipient: Recipient,
    message: NewMessage,
    settings: CloudToDeviceSettings,
  ): Promise<boolean> {
    const { queue, hints } = this.parts;
    try {
      const isAdded = await queue.add(recipient, message, settings);
      if (isAdded) {
        hints.enqueued(recipient);
      }
      return isAdded;
    } catch (error) {
      if (error instanceof HubError && error.code === 'ServiceUnavailable') {
        hints.enqueued(recipient);
      }
      throw error;
    }
  }
}

/** What the senders' protocols check more closely; a text that no table holds would fail those stored with it. */
function checkMessage({ messageId, content }: SentMessage): void {
  const { messageContentBytesMax: bytesMax, idLengthMax } = azureLimits;
  if (content.length > bytesMax) {
    throw new HubError('MessageTooLarge', `A message of ${content.length} bytes.`);
  }
  if (messageId.length > idLengthMax || messageId.includes('\0')) {
    throw new HubError('ArgumentInvalid', 'The id of the message is too long, or no text.');
  }
}

function expiryOf({ expiryTime }: SentMessage, settings: CloudToDeviceSettings): Date {
  const nowMs = Date.now();
  if (expiryTime === undefined) {
    return new Date(nowMs + settings.defaultTtlSeconds * 1_000);
  }
  const leftMs = expiryTime.getTime() - nowMs;
  // A NaN is neither.
  if (!(leftMs > 0 && leftMs <= azureLimits.cloudToDeviceExpiryMsMax)) {
    throw new HubError(
      'InvalidMessageExpiryTime',
      'A message expires later than now, and 48 hours from now at most.',
    );
  }
  return expiryTime;
}
