/** What services send to a device, over MQTT (device-mqtt.md sections 7, 8 and 9.3). */
import { formatDesiredTopic, formatMethodTopic, HubError } from '@linchpin/wire';
import { DesiredChanges, type DesiredChange } from '../domain/desired-changes.js';
import type { DeviceDownlink } from '../domain/device-downlink.js';
import {
  MethodCalls,
  type MethodRequest,
  type MethodResponse,
  type SentMethod,
} from '../domain/method-calls.js';
import type { Subscriptions } from '../domain/subscriptions.js';
import type { MqttMessages } from './mqtt-messages.js';
import { publish } from './packets.js';

interface MqttDownlinkOptions {
  readonly subscriptions: Subscriptions;
  readonly messages: MqttMessages;
  readonly connectedAt: Date;
  /** As `DesiredChanges` has it. */
  readonly readAnswered: () => Promise<void>;
  /** Sends a packet, or says that too much waits already for the client to read it. */
  readonly push: (packet: Buffer) => boolean;
  /** The client does not read what it is sent. */
  readonly onUnread: () => void;
}

export class MqttDownlink implements DeviceDownlink {
  readonly #methods = new MethodCalls((method) => {
    this.#sendMethod(method);
  });
  readonly #desired: DesiredChanges;

  constructor(private readonly options: MqttDownlinkOptions) {
    const { connectedAt, readAnswered, subscriptions } = options;
    this.#desired = new DesiredChanges({
      connectedAt,
      readAnswered,
      isSubscribed: () => subscriptions.includes('desired-properties'),
      send: (change) => {
        this.#sendChange(change);
      },
    });
  }

  async callMethod(request: MethodRequest, signal: AbortSignal): Promise<MethodResponse> {
    if (!this.options.subscriptions.includes('methods')) {
      throw new HubError('DeviceNotOnline', 'The device is not subscribed to methods.');
    }
    return this.#methods.call(request, signal);
  }

  tellDesired(changes: readonly DesiredChange[]): Promise<void> {
    return this.#desired.tell(changes);
  }

  tellMessagesWait(): void {
    const { messages } = this.options;
    if (!messages.areSubscribed()) {
      throw new HubError('DeviceNotOnline', 'The device is not subscribed to its messages.');
    }
    messages.ask();
  }

  /** @param status undefined when the device gave none: whoever waits for its response waits on */
  methodResponded(requestId: string, status: number | undefined, payload: Buffer): void {
    if (status !== undefined) {
      this.#methods.respond(requestId, status, payload);
    }
  }

  end(): void {
    this.#methods.end();
  }

  #sendMethod({ name, requestId, payload }: SentMethod): void {
    if (!this.options.push(publish(formatMethodTopic(name, requestId), payload))) {
      throw new HubError('DeviceUnavailable', 'The device has not read yet what it was sent.');
    }
  }

  /** One that is left out would be missed for ever: who connects anew reads the twin. */
  #sendChange({ version, json }: DesiredChange): void {
    if (!this.options.push(publish(formatDesiredTopic(version), json))) {
      this.options.onUnread();
      throw new HubError('DeviceNotOnline', 'The device does not read what it is sent.');
    }
  }
}
