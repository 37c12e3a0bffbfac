import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { decodeHeaders, type KafkaRecord } from './record.js';
import type { RecordProducer, TopicRecord } from './record-producer.js';

/** Stores records through kafkajs, one request at a time so that order holds. */
export class KafkaJsProducer implements RecordProducer {
  readonly #producer: Producer;
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(producer: Producer) {
    this.#producer = producer;
  }

  static async start(kafka: Kafka): Promise<KafkaJsProducer> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return new KafkaJsProducer(producer);
  }

  send(records: readonly TopicRecord[]): Promise<void> {
    const sent = this.#previous.then(() => this.#sendBatch(records));
    this.#previous = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    await this.#previous;
    await this.#producer.disconnect();
  }

  async #sendBatch(records: readonly TopicRecord[]): Promise<void> {
    const topics = new Map<string, TopicRecord[]>();
    for (const record of records) {
      topics.set(record.topic, [...(topics.get(record.topic) ?? []), record]);
    }
    await this.#producer.sendBatch({
      acks: -1,
      topicMessages: [...topics].map(([topic, sameTopic]) => ({
        topic,
        messages: sameTopic.map(toMessage),
      })),
    });
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
