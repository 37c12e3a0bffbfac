import { toSendMessageRequest, type CloudToDeviceMessagesClient } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { CloudToDeviceMessage, DeviceIdentityId, HubId } from '@linchpin/wire';
import type { SentMessages } from '../domain/sent-messages.js';

const deadlineMs = 5_000;

/** Hands back ends' messages to cloud-to-device. */
export class GrpcSentMessages implements SentMessages {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: CloudToDeviceMessagesClient) {}

  async send(hub: HubId, receiver: DeviceIdentityId, message: CloudToDeviceMessage): Promise<void> {
    const request = toSendMessageRequest(hub, receiver, message);
    await this.#calls.call(hub.hub, this.client.sendMessage.bind(this.client), request, {
      name: 'CloudToDeviceMessages/SendMessage',
    });
  }
}
