/** What members of groups ask of the broker, byte by byte: clients say no such thing, or wait for more than the answer. */
import { int32, text, type RawReader } from './raw-reader.js';

/** Kafka's error codes. */
export const groupErrors = { none: 0, groupDenied: 30 };

/** Of the topic's first partition, by who is in no group, which makes one. */
export async function commitOffset(
  reader: RawReader,
  groupId: string,
  topic: string,
): Promise<number> {
  const noGeneration = int32(-1);
  const noRetention = Buffer.alloc(8, 0xff);
  const partition = Buffer.concat([int32(0), Buffer.alloc(8), text('')]);
  const answer = await reader.ask({
    apiKey: 8,
    version: 2,
    body: Buffer.concat([
      ...[text(groupId), noGeneration, text(''), noRetention],
      ...[int32(1), text(topic), int32(1), partition],
    ]),
  });
  return answer.readInt16BE(answer.length - 2);
}
