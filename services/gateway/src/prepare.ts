/** Creates the topic that the gateway owns; run once before a new version starts. */
import { hubEventsTopic } from '@linchpin/contracts';
import { loadOrExit } from '@linchpin/platform/config';
import { createKafkaJs, ensureTopics } from '@linchpin/platform/kafka';
import { runTask } from '@linchpin/platform/lifecycle';
import { loadPrepareConfig } from './config.js';
import { createGatewayLogger } from './logger.js';

const { kafka, topicPrefix, replication, logLevel } = loadOrExit(loadPrepareConfig);
const logger = createGatewayLogger(logLevel);

await runTask(logger, async () => {
  const topic = hubEventsTopic(topicPrefix);
  await ensureTopics(createKafkaJs(kafka, logger), [topic], replication);
  logger.info({ topic: topic.name }, 'prepared');
});
