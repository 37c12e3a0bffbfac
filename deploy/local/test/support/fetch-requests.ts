/** What readers ask of the broker for records, byte by byte: clients wait no minute and name no partition twice. */
import { int32, int64, text, type RawReader } from './raw-reader.js';

interface Fetch {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly waitMs: number;
}

interface Fetched {
  /** 0 where there is none. */
  readonly sessionId: number;
  /** Kafka's code for each partition. */
  readonly errors: readonly number[];
}

const nobody = int32(-1);
const start = int64(0n);
const none = Buffer.alloc(1);
const bytesMax = int32(1024 * 1024);
const noSession = Buffer.concat([int32(0), int32(-1)]);
/** Of one partition without records. */
const answeredBytes = 42;
/** What every client of Java's asks for first. */
const newSession = Buffer.concat([int32(0), int32(0)]);

/** Version 4, the oldest, and of the fewest bytes for each partition. */
export async function fetchAsOldest(reader: RawReader, fetch: Fetch): Promise<Buffer> {
  const { topic, partitions, waitMs } = fetch;
  const named = partitions.map((partition) => Buffer.concat([int32(partition), start, bytesMax]));
  const body = Buffer.concat([
    ...[nobody, int32(waitMs), int32(1), bytesMax, none],
    ...[int32(1), text(topic), int32(named.length), ...named],
  ]);
  return reader.ask({ apiKey: 1, version: 4, body });
}

/** Version 11, of a topic without records; it asks for a session. */
export async function fetchInSession(reader: RawReader, fetch: Fetch): Promise<Fetched> {
  const { topic, partitions, waitMs } = fetch;
  const named = partitions.map((partition) =>
    Buffer.concat([int32(partition), nobody, start, start, bytesMax]),
  );
  const body = Buffer.concat([
    ...[nobody, int32(waitMs), int32(1), bytesMax, none, newSession],
    ...[int32(1), text(topic), int32(named.length), ...named, int32(0), text('')],
  ]);
  const answer = await reader.ask({ apiKey: 1, version: 11, body });
  const count = answer.readInt32BE(16 + topic.length);
  const errors = Array.from({ length: count }, (_, index) =>
    answer.readInt16BE(20 + topic.length + index * answeredBytes + 4),
  );
  return { sessionId: answer.readInt32BE(6), errors };
}

/** Version 17, in which the wait comes first and there are tags; of no topic, so that it is answered at once. */
export async function fetchAsNewest(reader: RawReader, waitMs: number): Promise<Buffer> {
  const empty = Buffer.from([1]);
  const body = Buffer.concat([
    ...[none, int32(waitMs), int32(1), bytesMax, none, noSession],
    ...[empty, empty, empty, none],
  ]);
  return reader.ask({ apiKey: 1, version: 17, body });
}
