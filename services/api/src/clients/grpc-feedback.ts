import {
  feedbackOutcomeMessages,
  toFeedbackRecord,
  type FeedbackClient,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { HubId } from '@linchpin/wire';
import type { Feedback, FeedbackBatch } from '../domain/feedback.js';
import type { ServiceboundOutcome } from '../domain/servicebound-queue.js';

const deadlineMs = 5_000;

/** Feedback, of the service that keeps it. */
export class GrpcFeedback implements Feedback {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FeedbackClient) {}

  async receive({ hub, hubGeneration }: HubId): Promise<FeedbackBatch | undefined> {
    const { batch } = await this.#calls.call(
      hub,
      this.client.receiveFeedback.bind(this.client),
      { hub, hubGeneration },
      { name: 'Feedback/ReceiveFeedback' },
    );
    return batch && { lockToken: batch.lockToken, records: batch.records.map(toFeedbackRecord) };
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Uint8Array,
    outcome: ServiceboundOutcome,
  ): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.settleFeedback.bind(this.client),
      {
        hub,
        hubGeneration,
        lockToken: Buffer.from(lockToken),
        outcome: feedbackOutcomeMessages[outcome],
      },
      { name: 'Feedback/SettleFeedback' },
    );
  }
}
