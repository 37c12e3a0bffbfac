export type { KafkaMessage } from 'kafkajs';
export {
  startAppliedTopic,
  type AppliedTopicEvents,
  type AppliedTopicParts,
} from './applied-topic.js';
export { isKafkaError } from './broker-error.js';
export { BatchingProducer, type PartitionLog, type ProducerObserver } from './batching-producer.js';
export { startBroadcastConsumer, startGroupConsumer, type RecordConsumer } from './consumer.js';
export type { KafkaConnection } from './kafka-connection.js';
export { createKafkaJs } from './kafkajs.js';
export { KafkaJsProducer } from './kafkajs-producer.js';
export type { PartitionExtent } from './fetch-transport.js';
export type { PartitionReader, PartitionReaderHandlers } from './partition-reader.js';
export { PartitionReaders, type ReadersObserver } from './partition-readers.js';
export { PatientConsumer } from './patient-consumer.js';
export { partitionFor } from './partition-for.js';
export type { AppendableRecord } from './partition-queue.js';
export {
  decodeHeaders,
  encodeHeaders,
  joinHeaders,
  noHeaders,
  type Header,
  type RecordHeaders,
} from './record.js';
export type { StoredRecord } from './record-cursor.js';
export type { RecordProducer } from './record-producer.js';
export {
  checkTopics,
  deleteTopic,
  ensureTopics,
  pingKafka,
  setTopicConfig,
  TopicFaultError,
  type ReplicationSpec,
  type TopicSpec,
} from './topics.js';
