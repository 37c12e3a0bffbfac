import {
  ProduceAcks,
  Producer,
  ProtocolError,
  produceV9,
  ResponseError,
  Writer,
  type Reader,
} from '@platformatic/kafka';
import { DynamicBuffer } from '@platformatic/dynamic-buffer';
import { BrokerClient, clientOptions, type LibraryClient } from './broker-client.js';
import type { KafkaConnection } from '../kafka/kafka-connection.js';

/** An encoded record batch on its way to one partition. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** What became of a batch: stored, or refused with Kafka's error. */
export type ProduceOutcome = ProtocolError | undefined;

/** What the transport needs of the library's client. */
export type KafkaClient = LibraryClient & Pick<Producer, 'initIdempotentProducer'>;

/** The requests of Kafka's protocol that a producer needs. It retries nothing. */
export class ProduceTransport {
  readonly #brokers: BrokerClient<KafkaClient>;

  constructor(
    connection: KafkaConnection,
    private readonly requestTimeoutMs: number,
    createClient: typeof createProducer = createProducer,
  ) {
    this.#brokers = new BrokerClient(connection, (each) => createClient(each, requestTimeoutMs));
  }

  /** @throws GenericError also when the topic does not exist */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#brokers.topic(topic, false)).partitionsCount;
  }

  /** As `BrokerClient` has it. */
  leaderOf(topic: string, partition: number, fresh: boolean): Promise<number> {
    return this.#brokers.leaderOf(topic, partition, fresh);
  }

  /** A new identity under which the brokers recognise repeated batches. */
  newProducer(): Promise<ProducerIdentity> {
    return this.#brokers.use(async (client) => {
      const { producerId, producerEpoch } = await client.initIdempotentProducer({});
      return { producerId, producerEpoch };
    });
  }

  /**
   * Sends the batches in one request to the node and waits for all in-sync replicas (acks = all).
   *
   * @returns an outcome for each batch, in their order
   * @throws GenericError when no answer came: each batch may or may not be stored
   */
  async produce(
    node: number,
    batches: readonly PartitionBatch[],
  ): Promise<readonly ProduceOutcome[]> {
    const response = await this.#brokers.request(node, {
      apiKey: produceApiKey,
      apiVersion: produceApiVersion,
      encode: () => encodeProduceRequest(batches, this.requestTimeoutMs),
      decode: decodeProduceResponse,
    });
    return outcomesOf(batches, response);
  }

  close(): Promise<void> {
    return this.#brokers.close();
  }
}

function createProducer(connection: KafkaConnection, requestTimeoutMs: number): KafkaClient {
  return new Producer({ ...clientOptions(connection, requestTimeoutMs), acks: ProduceAcks.ALL });
}

/*
  Produce request v9 => transactionalId:compact_string(null) acks:int16 timeoutMs:int32 [topic] tags
    topic => name:compact_string [partition] tags
    partition => index:int32 records:compact_bytes tags
*/
const produceApiKey = 0;
const produceApiVersion = 9;

interface ProduceResponse {
  readonly responses: readonly {
    readonly name: string;
    readonly partitionResponses: readonly {
      readonly index: number;
      readonly errorCode: number;
      readonly errorMessage: string | null;
    }[];
  }[];
}

function encodeProduceRequest(batches: readonly PartitionBatch[], timeoutMs: number): Writer {
  const topics = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const sameTopic = topics.get(batch.topic);
    if (sameTopic === undefined) {
      topics.set(batch.topic, [batch]);
    } else {
      sameTopic.push(batch);
    }
  }
  return Writer.create()
    .appendString(null)
    .appendInt16(ProduceAcks.ALL)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (topicWriter, [topic, partitions]) => {
      topicWriter.appendString(topic).appendArray(partitions, (writer, { partition, bytes }) => {
        writer
          .appendInt32(partition)
          .appendUnsignedVarInt(bytes.length + 1)
          .appendFrom(new DynamicBuffer(bytes));
      });
    })
    .appendTaggedFields();
}

/** The library throws when any partition has an error; the answers of the others still count. */
function decodeProduceResponse(
  correlationId: number,
  apiKey: number,
  apiVersion: number,
  reader: Reader,
): ProduceResponse {
  try {
    return produceV9.parseResponse(correlationId, apiKey, apiVersion, reader) as ProduceResponse;
  } catch (error) {
    if (error instanceof ResponseError) {
      return error['response'] as ProduceResponse;
    }
    throw error;
  }
}

function outcomesOf(
  batches: readonly PartitionBatch[],
  { responses }: ProduceResponse,
): ProduceOutcome[] {
  return batches.map(({ topic, partition }) => {
    const answer = responses
      .find(({ name }) => name === topic)
      ?.partitionResponses.find(({ index }) => index === partition);
    if (answer === undefined) {
      return new ProtocolError('UNKNOWN_SERVER_ERROR', 'the broker did not answer for the batch');
    }
    return answer.errorCode === 0
      ? undefined
      : new ProtocolError(answer.errorCode, answer.errorMessage);
  });
}
