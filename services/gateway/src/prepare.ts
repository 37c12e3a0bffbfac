/** Creates the topic that the gateway owns; run once before a new version starts. */
import { hubEventsTopic } from '@linchpin/contracts';
import { loadOrExit } from '@linchpin/platform/config';
import { createKafkaJs, ensureTopics, pingKafka } from '@linchpin/platform/kafka';
import { requireAnswer, runTask } from '@linchpin/platform/lifecycle';
import { loadPrepareConfig } from './config.js';
import { createGatewayLogger } from './logger.js';

const { kafka, topicPrefix, replication, logLevel } = loadOrExit(loadPrepareConfig);
const logger = createGatewayLogger(logLevel);

await runTask(logger, async () => {
  const client = createKafkaJs(kafka, logger);
  await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(client));
  const topic = hubEventsTopic(topicPrefix);
  await ensureTopics(client, [topic], replication);
  logger.info({ topic: topic.name }, 'prepared');
});
