import { hubEventsTopic } from '@linchpin/contracts';
import { createKafkaJs, ensureTopics } from '@linchpin/platform/kafka';
import { createLogger } from '@linchpin/platform/logging';
import { loadPrepareConfig } from './config.js';

/** Creates the topic that the gateway owns; run once before a new version starts. */
const { kafka, topicPrefix, replication, logLevel } = loadPrepareConfig();
const logger = createLogger({ service: 'gateway', level: logLevel });
const topic = hubEventsTopic(topicPrefix);
await ensureTopics(createKafkaJs(kafka, logger), [topic], replication);
logger.info({ topic: topic.name }, 'prepared');
