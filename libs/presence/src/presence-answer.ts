import { HubError } from '@linchpin/wire';

/** Waits for Redis. @throws HubError `ServiceUnavailable` when it does not answer */
export async function presenceAnswer<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw new HubError('ServiceUnavailable', 'The presence store does not answer; try again.', {
      cause: error,
    });
  }
}
