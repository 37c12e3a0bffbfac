/** From a device's message to the log (device-mqtt.md sections 4.3, 4.5, 5 and 6). */
import {
  azureLimits,
  HubError,
  messageTypeProperty,
  retainProperty,
  type MessageProperties,
} from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { Receipt, TelemetryLog, TelemetryStream } from './telemetry-log.js';

/** What the messages of one connection, or of those of a hub that ended, amount to; for logs and metrics. */
export interface TelemetryCounter {
  messages: number;
  bytes: number;
}

/** One session's telemetry. */
export class TelemetrySender {
  readonly #stream: TelemetryStream;

  constructor(
    private readonly log: TelemetryLog,
    session: DeviceSession,
    private readonly counter: TelemetryCounter,
  ) {
    this.#stream = log.open(session);
  }

  /**
   * Says whether a message may be sent; `send` takes it on then.
   *
   * @throws HubError `MessageTooLarge` above 256 KB of body and properties;
   * `ThrottleBacklogLimitExceeded` while more waits to be stored than may (section 14.2)
   */
  admit(body: Buffer, message: MessageProperties): void {
    const bytes = body.length + message.countedBytes;
    if (bytes > azureLimits.messageBytesMax) {
      throw new HubError(
        'MessageTooLarge',
        `A message of ${bytes} bytes, its properties included; ${azureLimits.messageBytesMax} are allowed.`,
      );
    }
    if (this.log.isOverfull) {
      throw new HubError('ThrottleBacklogLimitExceeded', 'Too much telemetry waits; try again.');
    }
  }

  send(body: Buffer, message: MessageProperties, receipt: Receipt): void {
    this.counter.messages += 1;
    this.counter.bytes += body.length + message.countedBytes;
    this.#stream.append({ body, message }, receipt);
  }
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
