/**
 * The topics of Kafka, who owns them and what they must be. A deployment's topics share a prefix, so
 * that several deployments can share a cluster.
 */

export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A batch of the largest messages must fit, with its headers. */
const messageBytesMax = String(1024 * 1024);
const dayMs = 24 * 60 * 60 * 1_000;

interface TelemetryTopicSpec {
  readonly hub: string;
  readonly partitionCount: number;
  readonly retentionDays: number;
}

/**
 * The telemetry of one hub (its built-in endpoint); owned by the registry, written by gateways. The
 * broker sets the time of each record, which is `iothub-enqueuedtime` (device-mqtt.md section 5.4).
 */
export function telemetryTopic(prefix: string, spec: TelemetryTopicSpec): TopicDefinition {
  return {
    name: `${prefix}.events.${spec.hub.toLowerCase()}`,
    partitions: spec.partitionCount,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(spec.retentionDays * dayMs),
      'message.timestamp.type': 'LogAppendTime',
      // As gateways write it, uncompressed: a cluster's default may be a compression that readers don't know.
      'compression.type': 'producer',
      'max.message.bytes': messageBytesMax,
    },
  };
}

/** What changed in the registry (RegistryChange); owned by the registry. */
export function registryChangesTopic(prefix: string): TopicDefinition {
  return {
    name: `${prefix}.registry-changes`,
    partitions: 4,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(7 * dayMs),
      'max.message.bytes': messageBytesMax,
    },
  };
}

/** Events of the hubs that are no telemetry (events-monitoring.md); written by gateways so far. */
export function hubEventsTopic(prefix: string): TopicDefinition {
  return {
    name: `${prefix}.hub-events`,
    partitions: 4,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(7 * dayMs),
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': messageBytesMax,
    },
  };
}
