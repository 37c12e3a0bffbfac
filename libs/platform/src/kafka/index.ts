export type { KafkaMessage } from 'kafkajs';
export {
  startAppliedTopic,
  type AppliedTopicEvents,
  type AppliedTopicParts,
} from './applied-topic.js';
export { startBroadcastConsumer, startGroupConsumer, type RecordConsumer } from './consumer.js';
export type { KafkaConnection } from './kafka-connection.js';
export { createKafkaJs } from './kafkajs.js';
export { KafkaJsProducer } from './kafkajs-producer.js';
export { PatientConsumer } from './patient-consumer.js';
export {
  decodeHeaders,
  encodeHeaders,
  joinHeaders,
  noHeaders,
  type Header,
  type RecordHeaders,
} from './record.js';
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
