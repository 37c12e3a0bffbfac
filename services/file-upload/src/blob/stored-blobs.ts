/** Whether a blob is there: the same question for every kind of store. */
import { HubError } from '@linchpin/wire';
import type { FoundBlob } from '../domain/upload-store.js';
import type { BlobRequest, BlobRequests } from './blob-requests.js';

/** Shorter than devices wait for their answer. */
export const storeTimeoutMs = 5_000;

/** A signature for a question of ours. */
export const questionTtlSeconds = 60;

type Question = Pick<BlobRequest, 'place' | 'blobName' | 'headers'>;

/** @throws HubError InvalidStorageEndpointOrBlob, ServiceUnavailable */
export async function findBlob(
  requests: BlobRequests,
  question: Question,
): Promise<FoundBlob | undefined> {
  const { status, headers } = await asUploads(
    requests.send({
      ...question,
      method: 'HEAD',
      expectedStatuses: [200, 404],
      answerBytesMax: 0,
      timeoutMs: storeTimeoutMs,
    }),
  );
  if (status === 404) {
    return undefined;
  }
  const sizeBytes = Number(headers['content-length']);
  const lastUpdatedTime = new Date(headers['last-modified'] ?? '');
  if (!Number.isSafeInteger(sizeBytes) || Number.isNaN(lastUpdatedTime.getTime())) {
    throw new HubError('InvalidStorageEndpointOrBlob', 'The blob store described no blob.');
  }
  return { sizeBytes, lastUpdatedTime };
}

/** A refusal of the store, under the code that devices know for it. */
export async function asUploads<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (cause) {
    throw cause instanceof HubError && cause.code === 'BlobContainerValidationError'
      ? new HubError('InvalidStorageEndpointOrBlob', cause.message, { cause })
      : cause;
  }
}
