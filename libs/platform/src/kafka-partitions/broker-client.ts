import {
  ProtocolError,
  UserError,
  type Base,
  type BaseOptions,
  type Broker,
  type ClusterTopicMetadata,
  type Connection,
  type Reader,
  type Writer,
} from '@platformatic/kafka';
import { brokerErrorIn } from './broker-error.js';
import type { KafkaConnection } from '../kafka/kafka-connection.js';

/** What is needed of a client of the library. */
export type LibraryClient = Pick<Base, 'metadata' | 'connections' | 'close'>;

/** One of the requests of Kafka's protocol, in one of its flexible versions. */
export interface BrokerRequest<Response> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly encode: () => Writer;
  readonly decode: (
    correlationId: number,
    apiKey: number,
    apiVersion: number,
    reader: Reader,
  ) => Response;
}

/**
 * Connections, metadata and authentication of `@platformatic/kafka`, for requests that are encoded here. It retries
 * nothing: who calls it knows what may wait. What any broker can answer has a client of the library, and so has each
 * node: one that hangs takes no request with it that is under way to others.
 */
export class BrokerClient<Client extends LibraryClient> {
  readonly #clients = new Map<number | 'any', Client>();
  /** Nodes of which no answer came, until they are asked again. */
  readonly #failed = new Set<number>();
  #created = 0;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly createClient: (connection: KafkaConnection) => Client,
  ) {}

  /**
   * @param fresh asks the brokers rather than the cache
   * @throws ProtocolError UNKNOWN_TOPIC_OR_PARTITION when it does not exist
   */
  topic(name: string, fresh: boolean): Promise<ClusterTopicMetadata> {
    return this.use(async (client) => {
      const metadata = await client
        .metadata({ topics: [name], forceUpdate: fresh })
        .catch(withBrokersWord);
      const found = metadata.topics.get(name);
      if (found === undefined) {
        throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
      }
      return found;
    });
  }

  /**
   * The node that leads a partition.
   *
   * @param fresh asks the brokers rather than the cache: after an error that says the cache is stale
   */
  async leaderOf(topic: string, partition: number, fresh: boolean): Promise<number> {
    const metadata = await this.topic(topic, fresh);
    const leader = metadata.partitions[partition]?.leader ?? -1;
    if (leader < 0) {
      throw new ProtocolError('LEADER_NOT_AVAILABLE');
    }
    return leader;
  }

  /** @throws GenericError when no answer came */
  async request<Response>(node: number, request: BrokerRequest<Response>): Promise<Response> {
    const address = await this.#addressOf(node);
    return this.#use(node, async ({ connections }) =>
      send(await connections.get(address), request),
    );
  }

  /** What any broker can answer. */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    return this.#use('any', work);
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(
      clients.map(
        (client) =>
          new Promise<void>((resolve) => {
            client.close(() => {
              resolve();
            });
          }),
      ),
    );
  }

  /** The library never asks anew for brokers alone: the node may have come since then, or have moved. */
  async #addressOf(node: number): Promise<Broker> {
    const known = this.#failed.delete(node) ? undefined : (await this.#brokers(false)).get(node);
    const address = known ?? (await this.#brokers(true)).get(node);
    if (address === undefined) {
      throw new ProtocolError('NOT_LEADER_OR_FOLLOWER');
    }
    return address;
  }

  async #brokers(fresh: boolean): Promise<ReadonlyMap<number, Broker>> {
    const question = { topics: [], forceUpdate: fresh };
    return (await this.use((client) => client.metadata(question))).brokers;
  }

  /**
   * A client whose connection failed or whose request timed out is not used again: the library
   * loses its place in the stream when the answer to a timed-out request comes late.
   */
  async #use<Result>(
    node: number | 'any',
    work: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const client = this.#clients.get(node) ?? this.#create();
    this.#clients.set(node, client);
    try {
      return await work(client);
    } catch (error) {
      if (brokerErrorIn(error) === undefined && this.#clients.get(node) === client) {
        this.#clients.delete(node);
        client.close(() => undefined);
        if (node !== 'any') {
          this.#failed.add(node);
        }
      }
      throw error;
    }
  }

  /** Each begins at another broker: the library asks the first that lets it connect, as one that hangs does. */
  #create(): Client {
    const { brokers } = this.connection;
    const first = this.#created % brokers.length;
    this.#created += 1;
    return this.createClient({
      ...this.connection,
      brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
    });
  }
}

/** What every client of the library is made with. */
export function clientOptions(connection: KafkaConnection, requestTimeoutMs: number): BaseOptions {
  return {
    clientId: connection.clientId,
    bootstrapBrokers: [...connection.brokers],
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
  };
}

/** Of a topic that does not exist the library hides what the broker has said. */
function withBrokersWord(error: unknown): never {
  if (error instanceof UserError && error.message.startsWith('Unknown topic')) {
    throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION');
  }
  throw error;
}

function send<Response>(
  connection: Connection,
  { apiKey, apiVersion, encode, decode }: BrokerRequest<Response>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    connection.send<Response>(apiKey, apiVersion, encode, decode, true, true, (error, response) => {
      // With an error the library gives null or nothing for the answer.
      if (error || !response) {
        reject(error ?? new Error('no answer'));
      } else {
        resolve(response);
      }
    });
  });
}
