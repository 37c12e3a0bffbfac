import { telemetryTopic, type TopicDefinition } from '@linchpin/contracts';
import {
  checkTopics,
  deleteTopic,
  ensureTopics,
  setTopicConfig,
  TopicFaultError,
  type createKafkaJs,
  type ReplicationSpec,
} from '@linchpin/platform/kafka';
import { HubError } from '@linchpin/wire';
import type { Hub } from '../domain/hub.js';
import type { TelemetryTopics } from '../domain/telemetry-topics.js';

interface KafkaTelemetryTopicsParts {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly prefix: string;
  readonly replication: ReplicationSpec;
}

export class KafkaTelemetryTopics implements TelemetryTopics {
  constructor(private readonly parts: KafkaTelemetryTopicsParts) {}

  nameOf(hubName: string): string {
    return this.#definitionOf({ name: hubName, partitionCount: 1, retentionDays: 1 }).name;
  }

  async create(hub: Hub): Promise<void> {
    const { kafka, replication } = this.parts;
    const topics = [this.#definitionOf(hub)];
    try {
      await ensureTopics(kafka, topics, replication);
      await checkTopics(kafka, topics, replication);
    } catch (error) {
      throw error instanceof TopicFaultError ? activationFailed(hub, error) : unavailable(error);
    }
  }

  async setRetention(hub: Hub): Promise<void> {
    const { name, config } = this.#definitionOf(hub);
    try {
      await setTopicConfig(this.parts.kafka, name, config);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async delete(hub: Hub): Promise<void> {
    try {
      await deleteTopic(this.parts.kafka, this.nameOf(hub.name));
    } catch (error) {
      throw unavailable(error);
    }
  }

  #definitionOf({ name, partitionCount, retentionDays }: HubTopic): TopicDefinition {
    return telemetryTopic(this.parts.prefix, { hub: name, partitionCount, retentionDays });
  }
}

type HubTopic = Pick<Hub, 'name' | 'partitionCount' | 'retentionDays'>;

function activationFailed(hub: Hub, cause: TopicFaultError): HubError {
  const message = `The hub ${hub.name} cannot be activated. ${cause.message}`;
  return new HubError('IotHubActivationFailed', message, { cause });
}

function unavailable(cause: unknown): HubError {
  return new HubError('ServiceUnavailable', 'Kafka does not answer; try again.', { cause });
}
