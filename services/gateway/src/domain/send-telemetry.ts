/** From a device's message to the log (device-mqtt.md sections 4.3, 4.5, 5 and 6). */
import {
  azureLimits,
  HubError,
  messageTypeProperty,
  retainProperty,
  type MessageProperties,
} from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { HubLimiter } from './hub-limiter.js';
import type { Receipt, TelemetryLog, TelemetryMessage, TelemetryStream } from './telemetry-log.js';

/** What the messages of one connection, or of those of a hub that ended, amount to; for logs and metrics. */
export interface TelemetryCounter {
  messages: number;
  bytes: number;
}

/** As many as Edge takes in of one client; what waits beyond them, TCP keeps. */
const heldMessagesMax = 10;

/** One session's telemetry. */
export class TelemetrySender {
  readonly #stream: TelemetryStream;
  #held = 0;
  /** How many have ever waited for the hub's turn: the place of the last. */
  #places = 0;
  /** The first that the hub did not let through: none of this session follows it. */
  #refused: { readonly place: number; readonly error: HubError } | undefined;

  constructor(
    log: TelemetryLog,
    session: DeviceSession,
    private readonly counter: TelemetryCounter,
    private readonly limiter: HubLimiter,
  ) {
    this.#stream = log.open(session);
  }

  /** So much waits for the hub's turn that no more should be read (section 14.2). */
  get isHeldBack(): boolean {
    return this.#held >= heldMessagesMax || this.limiter.isEnding;
  }

  /**
   * Says whether a message may be sent; `send` takes it on then.
   *
   * @throws HubError `IotHubNotFound` when the hub was deleted; `MessageTooLarge` above 256 KB of body and
   * properties; `ThrottleBacklogLimitExceeded` while more of the hub waits to be stored than may (section 14.2)
   */
  admit(body: Buffer, message: MessageProperties): void {
    if (this.limiter.isGone) {
      throw hubDeleted();
    }
    const bytes = body.length + message.countedBytes;
    if (bytes > azureLimits.messageBytesMax) {
      throw new HubError(
        'MessageTooLarge',
        `A message of ${bytes} bytes, its properties included; ${azureLimits.messageBytesMax} are allowed.`,
      );
    }
    if (this.#stream.isOverfull) {
      throw new HubError('ThrottleBacklogLimitExceeded', 'Too much telemetry waits; try again.');
    }
  }

  /** Sends it now or, when the hub does more than it may, at its turn; the receipt hears of either. */
  send(body: Buffer, message: MessageProperties, receipt: Receipt): void {
    const bytes = body.length + message.countedBytes;
    if (this.limiter.isUnlimited || this.limiter.spendMessage(bytes)) {
      this.#append({ body, message }, bytes, receipt);
      return;
    }
    this.#held += 1;
    const place = ++this.#places;
    this.limiter.waitForMessage(bytes, (reason) => {
      const error = this.limiter.isGone ? hubDeleted() : reason;
      this.#held -= 1;
      if (error !== undefined) {
        this.#refuseFrom(place, error);
      }
      const refusal = this.#refusalOf(place);
      if (refusal === undefined) {
        this.#append({ body, message }, bytes, receipt);
      } else {
        receipt.settle(refusal);
      }
      return refusal === undefined;
    });
  }

  /**
   * Sends all that a request brings at its turn, or nothing of it. Resolves when all of it is stored.
   *
   * @throws HubError as `admit`; HubLimitReached; `ServiceUnavailable` when some can never be stored: others may be
   */
  async sendAll(messages: readonly TelemetryMessage[]): Promise<void> {
    for (const { body, message } of messages) {
      this.admit(body, message);
    }
    const sizes = messages.map(({ body, message }) => body.length + message.countedBytes);
    await this.limiter.admitMessages(sizes);
    if (this.limiter.isGone) {
      throw hubDeleted();
    }
    await this.#store(messages, sizes);
  }

  #store(messages: readonly TelemetryMessage[], sizes: readonly number[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let waiting = messages.length;
      let failure: Error | undefined;
      const receipt = {
        settle: (error: Error | undefined): void => {
          waiting -= 1;
          failure ??= error;
          if (waiting === 0 && failure !== undefined) {
            reject(failure);
          } else if (waiting === 0) {
            resolve();
          }
        },
      };
      messages.forEach((message, index) => {
        this.#append(message, sizes[index] ?? 0, receipt);
      });
      if (messages.length === 0) {
        resolve();
      }
    });
  }

  /** When one was refused, none that still waits follows it: the connection has ended, and the client sends it again. */
  refuseWaiting(): void {
    const error = this.#refused?.error;
    if (error !== undefined) {
      this.#refuseFrom(0, error);
    }
  }

  /** A message that comes may be refused at once, while others wait before it for a turn that they get. */
  #refuseFrom(place: number, error: HubError): void {
    if (this.#refused === undefined || place < this.#refused.place) {
      this.#refused = { place, error };
    }
  }

  #refusalOf(place: number): HubError | undefined {
    const refused = this.#refused;
    return refused !== undefined && place >= refused.place ? refused.error : undefined;
  }

  #append(message: TelemetryMessage, bytes: number, receipt: Receipt): void {
    this.counter.messages += 1;
    this.counter.bytes += bytes;
    this.#stream.append(message, receipt);
  }
}

function hubDeleted(): HubError {
  return new HubError('IotHubNotFound', 'The hub was deleted.');
}

/** MQTT's RETAIN flag is not obeyed but told. */
export function markRetained(message: MessageProperties): MessageProperties {
  return mark(message, retainProperty, 'true');
}

/** A will is told apart from what a device sends by itself (section 2.8). */
export function markWill(message: MessageProperties): MessageProperties {
  return mark(message, messageTypeProperty, 'Will');
}

function mark(message: MessageProperties, name: string, value: string): MessageProperties {
  const others = message.properties.filter(([other]) => other !== name);
  return { properties: [...others, [name, value]], countedBytes: message.countedBytes };
}
