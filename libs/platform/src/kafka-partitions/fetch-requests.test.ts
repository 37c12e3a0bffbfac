import { expect, test } from '@jest/globals';
import { Reader } from '@platformatic/kafka';
import { fetchRequest } from './fetch-requests.js';

const limits = { waitMs: 5, bytesMax: 1_000, partitionBytesMax: 100 };

/** throttleTimeMs, errorCode, sessionId, no responses, no tags */
function emptyAnswer(errorCode: number): Buffer {
  const answer = Buffer.alloc(12);
  answer.writeInt16BE(errorCode, 4);
  answer.writeUInt8(1, 10);
  return answer;
}

function decode(answer: Buffer) {
  return fetchRequest([], limits).decode(0, 1, 13, Reader.from(answer));
}

test('an error of the whole request is no answer without records', () => {
  const unknownServerError = -1;

  expect(() => decode(emptyAnswer(unknownServerError))).toThrow();
  expect(decode(emptyAnswer(0))).toEqual([]);
});
