import {
  acknowledgementMessages,
  wordOf,
  type Acknowledgement as AckMessage,
  type CloudToDeviceMessagesService,
  type CountMessagesRequest,
  type CountMessagesResponse,
  type PurgeMessagesRequest,
  type PurgeMessagesResponse,
  type SendMessageRequest,
  type SendMessageResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, validateGeneration, type Acknowledgement } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { MessageQueue } from '../domain/message-queue.js';
import type { Recipients } from '../domain/recipient.js';
import type { SendMessage } from '../domain/send-message.js';
import type { CloudToDeviceEvents } from '../events.js';

export interface CloudToDeviceMessagesControllerParts {
  readonly sendMessage: SendMessage;
  readonly recipients: Recipients;
  readonly queue: MessageQueue;
  readonly events: CloudToDeviceEvents;
}

export const cloudToDeviceMessagesControllerParts = Symbol('CloudToDeviceMessagesControllerParts');

const receiversMax = 1_000;

@Controller()
export class CloudToDeviceMessagesController implements RpcHandlers<
  typeof CloudToDeviceMessagesService
> {
  constructor(
    @Inject(cloudToDeviceMessagesControllerParts)
    private readonly parts: CloudToDeviceMessagesControllerParts,
  ) {}

  @GrpcMethod('CloudToDeviceMessages', 'sendMessage')
  async sendMessage(request: SendMessageRequest): Promise<SendMessageResponse> {
    const { hub, hubGeneration, deviceId, moduleId, ack, ...message } = request;
    const { sendMessage, events } = this.parts;
    validateGeneration('hub_generation', hubGeneration);
    const sent = sendMessage.send(
      { hub, hubGeneration },
      { deviceId, moduleId },
      { ...message, ack: toAcknowledgement(ack) },
    );
    await events.sending(sent);
    return {};
  }

  @GrpcMethod('CloudToDeviceMessages', 'purgeMessages')
  async purgeMessages(request: PurgeMessagesRequest): Promise<PurgeMessagesResponse> {
    const { hub, hubGeneration, deviceId, moduleId } = request;
    const { recipients, queue } = this.parts;
    const identity = { deviceId, moduleId };
    validateGeneration('hub_generation', hubGeneration);
    const { generationId } = await recipients.get({ hub, hubGeneration }, identity);
    const purgedCount = await queue.purge({ hub, hubGeneration, identity, generationId });
    return { purgedCount };
  }

  @GrpcMethod('CloudToDeviceMessages', 'countMessages')
  async countMessages(request: CountMessagesRequest): Promise<CountMessagesResponse> {
    const { hub, hubGeneration, receivers } = request;
    validateGeneration('hub_generation', hubGeneration);
    if (receivers.length > receiversMax) {
      throw new HubError('ArgumentInvalid', `More than ${receiversMax} receivers.`);
    }
    const recipients = receivers.map(({ generationId, ...identity }) => {
      validateGeneration('generation_id', generationId);
      return { identity, generationId };
    });
    const counts = await this.parts.queue.count({ hub, hubGeneration }, recipients);
    return { counts: [...counts] };
  }
}

function toAcknowledgement(message: AckMessage): Acknowledgement {
  const ack = wordOf(acknowledgementMessages, message);
  if (ack === undefined) {
    throw new HubError('ArgumentInvalid', `The acknowledgement ${String(message)} is not known.`);
  }
  return ack;
}
