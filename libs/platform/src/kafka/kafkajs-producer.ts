import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { decodeHeaders, type KafkaRecord } from './record.js';
import type { RecordProducer, TopicRecord } from './record-producer.js';

/**
 * Stores records through kafkajs, one request at a time so that order holds. A producer that failed is not used
 * again: of records whose answer was lost, or that went with others that were refused, it does not know that
 * they are stored, and would number later ones wrongly for ever (OUT_OF_ORDER_SEQUENCE_NUMBER). The next one has
 * an identity of its own, so that what its caller sends again may be stored twice.
 */
export class KafkaJsProducer implements RecordProducer {
  /** Undefined when the next `send` needs a new one. */
  #producer: Producer | undefined;
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(private readonly kafka: Kafka) {}

  static async start(kafka: Kafka): Promise<KafkaJsProducer> {
    const producer = new KafkaJsProducer(kafka);
    await producer.#connected();
    return producer;
  }

  send(records: readonly TopicRecord[]): Promise<void> {
    const sent = this.#previous.then(() => this.#sendBatch(records));
    this.#previous = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    await this.#previous;
    await this.#producer?.disconnect();
  }

  async #sendBatch(records: readonly TopicRecord[]): Promise<void> {
    const topics = new Map<string, TopicRecord[]>();
    for (const record of records) {
      topics.set(record.topic, [...(topics.get(record.topic) ?? []), record]);
    }
    const producer = await this.#connected();
    try {
      await producer.sendBatch({
        acks: -1,
        topicMessages: [...topics].map(([topic, sameTopic]) => ({
          topic,
          messages: sameTopic.map(toMessage),
        })),
      });
    } catch (error) {
      this.#producer = undefined;
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async #connected(): Promise<Producer> {
    if (this.#producer === undefined) {
      const producer = this.kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      this.#producer = producer;
    }
    return this.#producer;
  }
}

/** kafkajs cannot write a null header value: it is written as an empty one. */
function toMessage({ key, value, headers }: KafkaRecord) {
  return {
    key,
    value,
    headers: Object.fromEntries(
      decodeHeaders(headers).map(([name, text]) => [name, Buffer.from(text ?? '')]),
    ),
  };
}
