/** The requests of Kafka's protocol by which partitions are read: Fetch and ListOffsets. */
import { fetchV13, listOffsetsV7, ProtocolError, type Reader } from '@platformatic/kafka';
import type { BrokerRequest } from './broker-client.js';

/** From where one partition is to be read. */
export interface FetchPosition {
  /** Kafka's own id of a topic, in the form of a UUID: a later topic of the same name has another. */
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchLimits {
  /** How long the broker waits for the first byte, when there is none. */
  readonly waitMs: number;
  /** Of the answer, and of one partition in it; a first batch that is larger comes all the same. */
  readonly bytesMax: number;
  readonly partitionBytesMax: number;
}

/** What a broker has of one partition. */
export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  /** Of Kafka; 0 is none. */
  readonly errorCode: number;
  /** The offset behind the last record. */
  readonly endOffset: number;
  /** Record batches. */
  readonly batches: Buffer;
}

/** ListOffsets for times that are none. */
export const latestTime = -1;
export const earliestTime = -2;
/** Of the record with the greatest time: its time is that of the last record where brokers set it. */
export const greatestTime = -3;

/*
  Fetch request v13 as the library has it, without a session (id 0, epoch -1). Its own reader of the answer decodes
  every record with its headers, whoever wants them; here they stay bytes.

    Fetch response v13 => throttleTimeMs:int32 errorCode:int16 sessionId:int32 [response] tags
      response => topicId:uuid [partition] tags
      partition => index:int32 errorCode:int16 highWatermark:int64 lastStableOffset:int64 logStartOffset:int64
                   [abortedTransaction] preferredReadReplica:int32 records:compact_bytes tags
      abortedTransaction => producerId:int64 firstOffset:int64 tags
*/
export function fetchRequest(
  positions: readonly FetchPosition[],
  { waitMs, bytesMax, partitionBytesMax }: FetchLimits,
): BrokerRequest<readonly FetchedPartition[]> {
  // Topics in the order of their first partitions: what stands first finds room in the answer.
  const topics = new Map<string, FetchPosition[]>();
  for (const position of positions) {
    const ofTopic = topics.get(position.topicId);
    if (ofTopic === undefined) {
      topics.set(position.topicId, [position]);
    } else {
      ofTopic.push(position);
    }
  }
  const wanted = [...topics].map(([topicId, ofTopic]) => ({
    topicId,
    partitions: ofTopic.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: partitionBytesMax,
    })),
  }));
  return {
    apiKey: 1,
    apiVersion: 13,
    encode: () =>
      fetchV13.createRequest(waitMs, 1, bytesMax, readUncommitted, 0, -1, wanted, [], ''),
    decode: (_correlationId, _apiKey, _apiVersion, reader) => decodeFetch(reader),
  };
}

/** @returns the first record whose time is no earlier, or the offset that the time stands for; -1 for none */
export function listOffsetsRequest(
  topic: string,
  partition: number,
  timeMs: number,
): BrokerRequest<{ readonly offset: number; readonly timeMs: number }> {
  const partitions = [
    { partitionIndex: partition, currentLeaderEpoch: -1, timestamp: BigInt(timeMs) },
  ];
  return {
    apiKey: 2,
    apiVersion: 7,
    encode: () => listOffsetsV7.createRequest(-1, readUncommitted, [{ name: topic, partitions }]),
    decode: (...answer) => {
      const { topics } = listOffsetsV7.parseResponse(...answer);
      const [found] = topics[0]?.partitions ?? [];
      if (found === undefined) {
        throw new Error('the broker did not answer for the partition');
      }
      return { offset: Number(found.offset), timeMs: Number(found.timestamp) };
    },
  };
}

/** Nobody writes transactions. */
const readUncommitted = 0;

function decodeFetch(reader: Reader): readonly FetchedPartition[] {
  reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const fetched: FetchedPartition[] = [];
  readArray(reader, () => {
    const topicId = reader.readUUID();
    readArray(reader, () => {
      fetched.push(decodePartition(reader, topicId, errorCode));
    });
  });
  if (errorCode !== 0 && fetched.length === 0) {
    throw new ProtocolError(errorCode);
  }
  return fetched;
}

function decodePartition(
  reader: Reader,
  topicId: string,
  requestErrorCode: number,
): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16() || requestErrorCode;
  const endOffset = Number(reader.readInt64());
  reader.skip(16);
  readArray(reader, () => {
    reader.skip(16);
  });
  reader.readInt32();
  return { topicId, partition, errorCode, endOffset, batches: ownBytes(reader.readBytes()) };
}

/** The library's array takes any tagged field for one of no bytes. */
function readArray(reader: Reader, readElement: () => void): void {
  const count = reader.readUnsignedVarInt() - 1;
  for (let index = 0; index < count; index++) {
    readElement();
    for (let tags = reader.readUnsignedVarInt(); tags > 0; tags--) {
      reader.readUnsignedVarInt();
      reader.skip(reader.readUnsignedVarInt());
    }
  }
}

/** Not a view of what the connection read, which may be much more. */
function ownBytes(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}
