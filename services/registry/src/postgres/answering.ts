import { toUnavailable } from '@linchpin/platform/postgres';

/** Waits for the database; one that does not answer becomes HubError ServiceUnavailable. */
export async function answering<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toUnavailable(error);
  }
}
