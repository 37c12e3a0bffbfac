import { pino } from 'pino';
import { testEngines } from '@linchpin/testing';
import { createKafkaJs, KafkaJsProducer } from '../src/kafka/index.js';
import { BatchingProducer } from '../src/kafka-partitions/index.js';
import { recordProducerContract } from './record-producer.contract.js';

const connection = { brokers: testEngines().kafkaBrokers, clientId: 'contract' };
const kafka = createKafkaJs(connection, pino({ level: 'silent' }));

recordProducerContract('BatchingProducer', () => ({
  kafka,
  start: () =>
    BatchingProducer.start(connection, { stored: () => undefined, retrying: () => undefined }),
}));

recordProducerContract('KafkaJsProducer', () => ({
  kafka,
  start: () => KafkaJsProducer.start(kafka),
}));
