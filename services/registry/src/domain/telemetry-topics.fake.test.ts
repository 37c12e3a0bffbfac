import { InMemoryTelemetryTopics } from './telemetry-topics.fake.js';
import { telemetryTopicsContract } from './telemetry-topics.contract.js';

const topics = new InMemoryTelemetryTopics();

telemetryTopicsContract('the fake', () => ({
  topics,
  countPartitions: (topic) => Promise.resolve(topics.topics.get(topic)),
}));
