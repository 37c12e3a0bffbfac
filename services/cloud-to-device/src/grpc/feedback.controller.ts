import {
  FeedbackOutcome,
  FeedbackStatus as StatusMessage,
  type FeedbackRecord as RecordMessage,
  type FeedbackService,
  type ReceiveFeedbackRequest,
  type ReceiveFeedbackResponse,
  type SettleFeedbackRequest,
  type SettleFeedbackResponse,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, validateGeneration } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { FeedbackQueue, FeedbackRecord } from '../domain/feedback.js';

export interface FeedbackControllerParts {
  readonly feedback: FeedbackQueue;
}

export const feedbackControllerParts = Symbol('FeedbackControllerParts');

const statuses = {
  Success: StatusMessage.SUCCESS,
  Expired: StatusMessage.EXPIRED,
  DeliveryCountExceeded: StatusMessage.DELIVERY_COUNT_EXCEEDED,
  Rejected: StatusMessage.REJECTED,
  Purged: StatusMessage.PURGED,
} as const;

@Controller()
export class FeedbackController implements RpcHandlers<typeof FeedbackService> {
  constructor(@Inject(feedbackControllerParts) private readonly parts: FeedbackControllerParts) {}

  @GrpcMethod('Feedback', 'receiveFeedback')
  async receiveFeedback(request: ReceiveFeedbackRequest): Promise<ReceiveFeedbackResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    const batch = await this.parts.feedback.receive(request);
    return { batch: batch && { ...batch, records: batch.records.map(toRecordMessage) } };
  }

  @GrpcMethod('Feedback', 'settleFeedback')
  async settleFeedback(request: SettleFeedbackRequest): Promise<SettleFeedbackResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    if (request.lockToken.length !== 16 || !(await this.#settle(request))) {
      throw new HubError('DeviceMessageLockLost', 'The lock is not known, or its time is over.');
    }
    return {};
  }

  #settle({ outcome, lockToken, ...hub }: SettleFeedbackRequest): Promise<boolean> {
    const { feedback } = this.parts;
    switch (outcome) {
      case FeedbackOutcome.COMPLETE:
        return feedback.complete(hub, lockToken);
      case FeedbackOutcome.ABANDON:
        return feedback.abandon(hub, lockToken);
      default:
        throw new HubError('ArgumentInvalid', `The outcome ${String(outcome)} is not known.`);
    }
  }
}

function toRecordMessage(record: FeedbackRecord): RecordMessage {
  const { messageId, endedTime, status, deviceId, moduleId, generationId } = record;
  return {
    originalMessageId: messageId,
    enqueuedTime: endedTime,
    status: statuses[status],
    deviceId,
    moduleId,
    deviceGenerationId: generationId,
  };
}
