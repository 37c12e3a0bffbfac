/** How messages to devices ended, as a back end hears it over the service REST API. */
import { eventually } from '@linchpin/testing';
import type { ServiceAccess } from './administration.js';
import type { MessageAnswer } from './devicebound-messages.js';
import { askServicebound, type ServiceboundAnswer } from './servicebound.js';

export interface FeedbackRecordJson {
  readonly originalMessageId: string;
  readonly enqueuedTimeUtc: string;
  readonly statusCode: string;
  readonly description: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly deviceGenerationId: string;
}

export interface FeedbackAnswer extends ServiceboundAnswer {
  readonly records: readonly FeedbackRecordJson[];
}

/** The records of a batch that is due 15 s after its first. */
const dueMsMax = 45_000;

export async function receiveFeedback(
  authorization: ServiceAccess | string,
): Promise<FeedbackAnswer> {
  const answer = await askServicebound('GET', 'feedback', '', authorization);
  const records = answer.status === 200 ? (JSON.parse(answer.text) as FeedbackRecordJson[]) : [];
  return { ...answer, records };
}

/** The next batch, as soon as one is due. */
export async function awaitFeedback(access: ServiceAccess): Promise<FeedbackAnswer> {
  let answer = await receiveFeedback(access);
  const isDue = async (): Promise<boolean> => {
    answer = answer.status === 204 ? await receiveFeedback(access) : answer;
    return answer.status !== 204;
  };
  await eventually(isDue, dueMsMax, 'a batch of feedback');
  return answer;
}

export function completeFeedback(
  lockToken: string,
  authorization: ServiceAccess | string,
): Promise<MessageAnswer> {
  return askServicebound('DELETE', 'feedback', `/${lockToken}`, authorization);
}

export function abandonFeedback(
  lockToken: string,
  authorization: ServiceAccess | string,
): Promise<MessageAnswer> {
  return askServicebound('POST', 'feedback', `/${lockToken}/abandon`, authorization);
}

/** Completes batch after batch. @returns all their records, up to that of the message by this id */
export async function collectFeedback(
  access: ServiceAccess,
  lastId: string,
): Promise<readonly FeedbackRecordJson[]> {
  const collected: FeedbackRecordJson[] = [];
  while (!collected.some(({ originalMessageId }) => originalMessageId === lastId)) {
    const { lockToken, records } = await awaitFeedback(access);
    collected.push(...records);
    await completeFeedback(lockToken, access);
  }
  return collected;
}
