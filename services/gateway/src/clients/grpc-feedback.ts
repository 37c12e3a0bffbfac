import assert from 'node:assert';
import {
  feedbackOutcomeMessages,
  toFeedbackRecord,
  type FeedbackClient,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { Feedback, ReceivedFeedback } from '../domain/feedback.js';

const deadlineMs = 5_000;

/** Asks cloud-to-device for feedback. */
export class GrpcFeedback implements Feedback {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FeedbackClient) {}

  async receive({ hub, hubGeneration }: HubId): Promise<ReceivedFeedback> {
    const { batch, nextDueMs } = await this.#calls.call(
      hub,
      this.client.receiveFeedback.bind(this.client),
      { hub, hubGeneration },
      { name: 'Feedback/ReceiveFeedback' },
    );
    if (batch === undefined) {
      return { batch, nextDueMs };
    }
    const { enqueuedTime, records } = batch;
    assert(enqueuedTime !== undefined, 'a batch has been enqueued');
    return {
      batch: { ...batch, enqueuedTime, records: records.map(toFeedbackRecord) },
      nextDueMs,
    };
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Buffer,
    outcome: keyof typeof feedbackOutcomeMessages,
  ): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.settleFeedback.bind(this.client),
      { hub, hubGeneration, lockToken, outcome: feedbackOutcomeMessages[outcome] },
      { name: 'Feedback/SettleFeedback' },
    );
  }
}
