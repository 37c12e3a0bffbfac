import { toSendMessageRequest, type CloudToDeviceMessagesClient } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { CloudToDeviceMessage, DeviceIdentityId, HubId } from '@linchpin/wire';
import type { CloudToDeviceMessages, MessageReceiver } from '../domain/cloud-to-device-messages.js';

const deadlineMs = 5_000;

/** Whoever asked for an identity is not to wait long for its count. */
const countDeadlineMs = 1_000;

/** Messages to devices, of the service that keeps them. */
export class GrpcCloudToDeviceMessages implements CloudToDeviceMessages {
  readonly #calls = new HubCalls(deadlineMs);
  readonly #counts = new HubCalls(countDeadlineMs);

  constructor(private readonly client: CloudToDeviceMessagesClient) {}

  async send(hub: HubId, receiver: DeviceIdentityId, message: CloudToDeviceMessage): Promise<void> {
    const request = toSendMessageRequest(hub, receiver, message);
    await this.#calls.call(hub.hub, this.client.sendMessage.bind(this.client), request, {
      name: 'CloudToDeviceMessages/SendMessage',
    });
  }

  async purge(
    { hub, hubGeneration }: HubId,
    { deviceId, moduleId }: DeviceIdentityId,
  ): Promise<number> {
    const { purgedCount } = await this.#calls.call(
      hub,
      this.client.purgeMessages.bind(this.client),
      { hub, hubGeneration, deviceId, moduleId },
      { name: 'CloudToDeviceMessages/PurgeMessages' },
    );
    return purgedCount;
  }

  async count(
    { hub, hubGeneration }: HubId,
    receivers: readonly MessageReceiver[],
  ): Promise<readonly number[]> {
    const { counts } = await this.#counts.call(
      hub,
      this.client.countMessages.bind(this.client),
      { hub, hubGeneration, receivers },
      { name: 'CloudToDeviceMessages/CountMessages' },
    );
    return counts;
  }
}
