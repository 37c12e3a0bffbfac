import {
  ProduceAcks,
  Producer,
  ProtocolError,
  produceV9,
  ResponseError,
  Writer,
  type Connection,
  type Reader,
} from '@platformatic/kafka';
import { DynamicBuffer } from '@platformatic/dynamic-buffer';
import { brokerErrorIn } from './broker-error.js';
import type { KafkaConnection } from './kafka-connection.js';

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
export type KafkaClient = Pick<
  Producer,
  'metadata' | 'initIdempotentProducer' | 'connectToBrokers' | 'close'
>;

/**
 * The requests of Kafka's protocol that a producer needs, over the connections, metadata and
 * authentication of `@platformatic/kafka`. It retries nothing: who calls it knows what may wait.
 */
export class ProduceTransport {
  #client: KafkaClient | undefined;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly requestTimeoutMs: number,
    private readonly createClient: typeof createProducer = createProducer,
  ) {}

  /** @throws GenericError also when the topic does not exist */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#topicMetadata(topic, false)).partitionsCount;
  }

  /**
   * The node that leads a partition.
   *
   * @param fresh asks the brokers rather than the cache: after an error that says the cache is stale
   */
  async leaderOf(topic: string, partition: number, fresh: boolean): Promise<number> {
    const metadata = await this.#topicMetadata(topic, fresh);
    const leader = metadata.partitions[partition]?.leader ?? -1;
    if (leader < 0) {
      throw new ProtocolError('LEADER_NOT_AVAILABLE');
    }
    return leader;
  }

  /** A new identity under which the brokers recognise repeated batches. */
  newProducer(): Promise<ProducerIdentity> {
    return this.#guard(async (client) => {
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
  produce(node: number, batches: readonly PartitionBatch[]): Promise<readonly ProduceOutcome[]> {
    return this.#guard(async (client) => {
      const connection = (await client.connectToBrokers([node])).get(node);
      if (connection === undefined) {
        throw new ProtocolError('NOT_LEADER_OR_FOLLOWER');
      }
      return this.#send(connection, batches);
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) {
      await new Promise<void>((resolve) => {
        client.close(true, () => {
          resolve();
        });
      });
    }
  }

  async #topicMetadata(
    topic: string,
    forceUpdate: boolean,
  ): Promise<{ partitionsCount: number; partitions: readonly { leader: number }[] }> {
    return this.#guard(async (client) => {
      const metadata = await client.metadata({ topics: [topic], forceUpdate });
      const found = metadata.topics.get(topic);
      if (found === undefined) {
        throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
      }
      return found;
    });
  }

  #send(
    connection: Connection,
    batches: readonly PartitionBatch[],
  ): Promise<readonly ProduceOutcome[]> {
    return new Promise((resolve, reject) => {
      connection.send<ProduceResponse>(
        produceApiKey,
        produceApiVersion,
        () => encodeProduceRequest(batches, this.requestTimeoutMs),
        decodeProduceResponse,
        true,
        true,
        (error, response) => {
          // With an error the library gives null or nothing for the answer.
          if (error || !response) {
            reject(error ?? new Error('no answer'));
          } else {
            resolve(outcomesOf(batches, response));
          }
        },
      );
    });
  }

  /**
   * A client whose connection failed or whose request timed out is not used again: the library
   * loses its place in the stream when the answer to a timed-out request comes late.
   */
  async #guard<Result>(work: (client: KafkaClient) => Promise<Result>): Promise<Result> {
    const client = (this.#client ??= this.createClient(this.connection, this.requestTimeoutMs));
    try {
      return await work(client);
    } catch (error) {
      if (brokerErrorIn(error) === undefined && this.#client === client) {
        this.#client = undefined;
        client.close(true, () => undefined);
      }
      throw error;
    }
  }
}

function createProducer(connection: KafkaConnection, requestTimeoutMs: number): KafkaClient {
  return new Producer({
    clientId: connection.clientId,
    bootstrapBrokers: [...connection.brokers],
    acks: ProduceAcks.ALL,
    autocreateTopics: false,
    strict: false,
    retries: 0,
    timeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    ...(connection.tls && {
      tls: connection.tls.authority === undefined ? {} : { ca: connection.tls.authority },
      tlsServerName: true,
    }),
    ...(connection.sasl && { sasl: connection.sasl }),
  });
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
