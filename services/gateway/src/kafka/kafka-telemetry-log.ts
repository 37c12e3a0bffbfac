import {
  formatConnectionAuthMethod,
  HubError,
  hubProperties,
  type MessageProperties,
} from '@linchpin/wire';
import {
  encodeHeaders,
  joinHeaders,
  partitionFor,
  type AppendableRecord,
  type BatchingProducer,
  type Header,
  type PartitionLog,
  type RecordHeaders,
} from '@linchpin/platform/kafka';
import type { DeviceSession } from '../domain/device-session.js';
import type {
  DeviceMessage,
  Receipt,
  TelemetryLog,
  TelemetryStream,
} from '../domain/telemetry-log.js';

/**
 * Telemetry in Kafka: one record a message, key = device id (also for a module's messages, so that
 * the order of a device holds), value = the body's bytes, headers = the hub's own properties, then the
 * message's (device-mqtt.md sections 5.4 and 6). A message counts as stored when every in-sync replica
 * has it.
 */
export class KafkaTelemetryLog implements TelemetryLog {
  /** @param overfullBytes of telemetry that waits; more than makes the producer full */
  constructor(
    private readonly producer: BatchingProducer,
    private readonly overfullBytes: number,
  ) {}

  get isFull(): boolean {
    return this.producer.isFull;
  }

  get isOverfull(): boolean {
    return this.producer.pendingBytes > this.overfullBytes;
  }

  open(session: DeviceSession): TelemetryStream {
    const { telemetryTopic, telemetryPartitions } = session.grant;
    const key = Buffer.from(session.identity.deviceId);
    const partition = this.producer.partition(
      telemetryTopic,
      partitionFor(key, telemetryPartitions),
    );
    return new KafkaTelemetryStream(partition, key, encodeHeaders(sessionHeaders(session)));
  }
}

/** Longer headers are encoded anew each time, so that a connection keeps little. */
const keptHeadersBytesMax = 2_048;

class KafkaTelemetryStream implements TelemetryStream {
  /** Devices tend to repeat their properties: the last ones are encoded once. */
  #lastMessage: MessageProperties | undefined;
  #lastHeaders: RecordHeaders | undefined;

  constructor(
    private readonly partition: PartitionLog,
    private readonly key: Buffer,
    private readonly sessionHeaders: RecordHeaders,
  ) {}

  append({ body, message }: DeviceMessage, receipt: Receipt): void {
    this.partition.append(new TelemetryRecord(this.key, body, this.#headersOf(message), receipt));
  }

  #headersOf(message: MessageProperties): RecordHeaders {
    if (message === this.#lastMessage && this.#lastHeaders !== undefined) {
      return this.#lastHeaders;
    }
    const headers = joinHeaders(this.sessionHeaders, encodeHeaders(message.properties));
    if (headers.bytes.length <= keptHeadersBytesMax) {
      this.#lastMessage = message;
      this.#lastHeaders = headers;
    }
    return headers;
  }
}

class TelemetryRecord implements AppendableRecord {
  constructor(
    readonly key: Buffer,
    readonly value: Buffer,
    readonly headers: RecordHeaders,
    private readonly receipt: Receipt,
  ) {}

  settle(error: Error | undefined): void {
    this.receipt.settle(
      error &&
        new HubError('ServiceUnavailable', 'The message can never be stored.', { cause: error }),
    );
  }
}

/** What the hub says of each message of the session; the device cannot. */
function sessionHeaders({ identity, grant, modelId }: DeviceSession): Header[] {
  return [
    [hubProperties.connectionDeviceId, identity.deviceId],
    ...(identity.moduleId === undefined
      ? []
      : [[hubProperties.connectionModuleId, identity.moduleId] as const]),
    [hubProperties.connectionAuthGenerationId, grant.generationId],
    [hubProperties.connectionAuthMethod, formatConnectionAuthMethod(grant.scope, grant.type)],
    [hubProperties.messageSource, 'Telemetry'],
    ...(modelId === undefined ? [] : [[hubProperties.modelId, modelId] as const]),
  ];
}
