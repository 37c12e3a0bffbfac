import assert from 'node:assert';
import {
  feedbackOutcomeMessages,
  toFeedbackRecord,
  type FeedbackClient,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { Feedback, FeedbackBatch } from '../domain/feedback.js';
import type { ReceivedServicebound, ServiceboundOutcome } from '../domain/servicebound-queue.js';

const deadlineMs = 5_000;

/** Asks cloud-to-device for feedback. */
export class GrpcFeedback implements Feedback {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FeedbackClient) {}

  async receive({ hub, hubGeneration }: HubId): Promise<ReceivedServicebound<FeedbackBatch>> {
    const { batch, nextDueMs } = await this.#calls.call(
      hub,
      this.client.receiveFeedback.bind(this.client),
      { hub, hubGeneration },
      { name: 'Feedback/ReceiveFeedback' },
    );
    if (batch === undefined) {
      return { message: undefined, nextDueMs };
    }
    const { enqueuedTime, records } = batch;
    assert(enqueuedTime !== undefined, 'a batch has been enqueued');
    return {
      message: { ...batch, enqueuedTime, records: records.map(toFeedbackRecord) },
      nextDueMs,
    };
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Buffer,
    outcome: ServiceboundOutcome,
  ): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.settleFeedback.bind(this.client),
      { hub, hubGeneration, lockToken, outcome: feedbackOutcomeMessages[outcome] },
      { name: 'Feedback/SettleFeedback' },
    );
  }
}
