import type { NamedRooms } from '@linchpin/fairness';
import {
  checkCloudToDeviceMessage,
  countedBytes,
  formatIdentityId,
  HubError,
  parseAmqpAddress,
  type CloudToDeviceMessage,
  type DeviceIdentityId,
  type GivenMessage,
} from '@linchpin/wire';
import type { OpenedService } from './open-service.js';
import type { SentMessages } from './sent-messages.js';

interface CloudToDeviceSenderOptions {
  readonly opened: Pick<OpenedService, 'grant' | 'limiter'>;
  readonly messages: SentMessages;
  /** For what waits, by hubs. */
  readonly rooms: NamedRooms;
  readonly now: () => Date;
}

/** Beside its own bytes: its place in queues, and its encoded form while it is handed on. */
const messageOverheadBytes = 4_096;
/** A property beside its own bytes: of the shortest, a message may have a thousand. */
const propertyOverheadBytes = 128;

/**
 * Messages of one back end to the devices of its hub: each checked, counted against what the hub may send, and
 * stored; those for one device in the order in which they came (amqp.md section 8.1).
 */
export class CloudToDeviceSender {
  /** Of those that are not stored yet, the last for each device. */
  readonly #last = new Map<string, Promise<void>>();
  #isEnded = false;

  constructor(private readonly options: CloudToDeviceSenderOptions) {}

  /** Resolves when it is stored. @throws HubError why it is not */
  async send(given: GivenMessage): Promise<void> {
    const receiver = receiverOf(given.to);
    const message = checkCloudToDeviceMessage(given, this.options.now());
    const room = this.options.rooms.enter(this.options.opened.grant.hub);
    try {
      if (!room.resize(keptBytes(message))) {
        throw new HubError('ThrottleBacklogLimitExceeded', 'Too many messages wait; try again.');
      }
      await this.#inOrder(formatIdentityId(receiver), () => this.#carryOut(receiver, message));
    } finally {
      room.leave();
    }
  }

  /** What waits for its turn is refused, and spends nothing more; what is on its way to be stored goes on. */
  end(): void {
    this.#isEnded = true;
  }

  async #carryOut(receiver: DeviceIdentityId, message: CloudToDeviceMessage): Promise<void> {
    const { opened, messages } = this.options;
    this.#requireOpen();
    await opened.limiter.admitCommand(countedBytes(message));
    this.#requireOpen();
    await messages.send(opened.grant, receiver, message);
  }

  #requireOpen(): void {
    if (this.#isEnded) {
      throw new HubError('RequestCanceled', 'The link ended before the turn of the message.');
    }
  }

  async #inOrder(key: string, work: () => Promise<void>): Promise<void> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const over = mine.catch(() => undefined);
    this.#last.set(key, over);
    try {
      await mine;
    } finally {
      if (this.#last.get(key) === over) {
        this.#last.delete(key);
      }
    }
  }
}

/** While it waits. */
function keptBytes(message: CloudToDeviceMessage): number {
  const { to = '', properties } = message;
  const overheadBytes = messageOverheadBytes + propertyOverheadBytes * properties.length;
  return countedBytes(message) + Buffer.byteLength(to) + overheadBytes;
}

/** Ids are decoded once (amqp.md section 8.1). @throws HubError ArgumentInvalid */
function receiverOf(to: string | undefined): DeviceIdentityId {
  const address = parseAmqpAddress(to ?? '');
  const [receiver] =
    address?.kind === 'device' && address.channel === 'devicebound' ? address.identities : [];
  if (receiver === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      'The property "to" is /devices/{deviceId}[/modules/{moduleId}]/messages/deviceBound.',
    );
  }
  return receiver;
}
