import 'reflect-metadata';
import { PresenceReader, PresenceWaits } from '@linchpin/presence';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcDeviceGateways } from './clients/grpc-device-gateways.js';
import { GrpcIdentities } from './clients/grpc-identities.js';
import { GrpcMessageDownlinks } from './clients/grpc-message-downlinks.js';
import { GrpcRecipients } from './clients/grpc-recipients.js';
import type { CloudToDeviceConfig } from './config.js';
import { CallPlaces } from './domain/call-places.js';
import { InvokeMethod } from './domain/invoke-method.js';
import { MessageHints } from './domain/message-hints.js';
import type { KeptIdentities } from './domain/registry-changes.js';
import { SendMessage } from './domain/send-message.js';
import { SettleMessages } from './domain/settle-messages.js';
import type { CloudToDeviceEvents } from './events.js';
import {
  CloudToDeviceMessagesController,
  cloudToDeviceMessagesControllerParts,
  type CloudToDeviceMessagesControllerParts,
} from './grpc/cloud-to-device-messages.controller.js';
import {
  DeviceMessagesController,
  deviceMessagesControllerParts,
  type DeviceMessagesControllerParts,
} from './grpc/device-messages.controller.js';
import {
  DirectMethodsController,
  directMethodsControllerParts,
  type DirectMethodsControllerParts,
} from './grpc/direct-methods.controller.js';
import {
  FeedbackController,
  feedbackControllerParts,
  type FeedbackControllerParts,
} from './grpc/feedback.controller.js';
import type { Outside } from './outside.js';
import { PostgresFeedbackQueue } from './postgres/postgres-feedback-queue.js';
import { PostgresKeptIdentities } from './postgres/postgres-kept-identities.js';
import { PostgresMessageQueue } from './postgres/postgres-message-queue.js';

export interface CloudToDeviceParts
  extends
    CloudToDeviceMessagesControllerParts,
    DeviceMessagesControllerParts,
    DirectMethodsControllerParts,
    FeedbackControllerParts {
  readonly hints: MessageHints;
  readonly identities: KeptIdentities;
}

/** What Nest serves over gRPC. */
@Module({})
export class CloudToDeviceModule {
  static of(parts: CloudToDeviceParts): DynamicModule {
    return {
      module: CloudToDeviceModule,
      controllers: [
        CloudToDeviceMessagesController,
        DeviceMessagesController,
        DirectMethodsController,
        FeedbackController,
      ],
      providers: [
        cloudToDeviceMessagesControllerParts,
        deviceMessagesControllerParts,
        directMethodsControllerParts,
        feedbackControllerParts,
      ].map((provide) => ({ provide, useValue: parts })),
    };
  }
}

/** Where the domain meets PostgreSQL, Redis, the registry and the gateways. */
export function composeCloudToDevice(
  { methodCallsBytesMax }: CloudToDeviceConfig,
  { database: { db }, redis, subscriber, keys, connection, gateways }: Outside,
  events: CloudToDeviceEvents,
): CloudToDeviceParts {
  const presence = new PresenceReader(redis, keys);
  const recipients = new GrpcRecipients(connection.recipients);
  const queue = new PostgresMessageQueue({ db, events });
  const downlinks = new GrpcMessageDownlinks(gateways);
  const now = () => performance.now();
  const hints = new MessageHints({ presence, downlinks, queue, events, now });
  return {
    events,
    recipients,
    queue,
    hints,
    sendMessage: new SendMessage({ recipients, queue, hints }),
    settleMessages: new SettleMessages({ queue, hints }),
    feedback: new PostgresFeedbackQueue(db),
    identities: new PostgresKeptIdentities(db),
    invokeMethod: new InvokeMethod({
      presence,
      arrivals: new PresenceWaits(subscriber, keys),
      gateways: new GrpcDeviceGateways(gateways),
      identities: new GrpcIdentities(connection.registry),
      places: new CallPlaces(methodCallsBytesMax),
    }),
  };
}
