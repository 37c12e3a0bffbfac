import {
  FeedbackOutcome,
  feedbackStatusMessages,
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
import type { FeedbackQueue } from '../domain/feedback.js';
import { requireLockToken } from './lock-token.js';

export interface FeedbackControllerParts {
  readonly feedback: FeedbackQueue;
}

export const feedbackControllerParts = Symbol('FeedbackControllerParts');

@Controller()
export class FeedbackController implements RpcHandlers<typeof FeedbackService> {
  constructor(@Inject(feedbackControllerParts) private readonly parts: FeedbackControllerParts) {}

  @GrpcMethod('Feedback', 'receiveFeedback')
  async receiveFeedback(request: ReceiveFeedbackRequest): Promise<ReceiveFeedbackResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    const { feedback } = this.parts;
    const batch = await feedback.receive(request);
    if (batch === undefined) {
      return { batch: undefined, nextDueMs: await feedback.nextDueMs(request) };
    }
    const records = batch.records.map(({ status, ...record }) => ({
      ...record,
      status: feedbackStatusMessages[status],
    }));
    return { batch: { ...batch, records } };
  }

  @GrpcMethod('Feedback', 'settleFeedback')
  async settleFeedback(request: SettleFeedbackRequest): Promise<SettleFeedbackResponse> {
    validateGeneration('hub_generation', request.hubGeneration);
    requireLockToken(request.lockToken);
    if (!(await this.#settle(request))) {
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
