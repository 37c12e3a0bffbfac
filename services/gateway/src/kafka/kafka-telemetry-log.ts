import {
  formatConnectionAuthMethod,
  HubError,
  hubProperties,
  type MessageProperties,
} from '@linchpin/wire';
import {
  encodeHeaders,
  joinHeaders,
  type Header,
  type RecordHeaders,
} from '@linchpin/platform/kafka';
import {
  partitionFor,
  type AppendableRecord,
  type BatchingProducer,
  type PartitionLog,
} from '@linchpin/platform/kafka-partitions';
import type { DeviceSession } from '../domain/device-session.js';
import type {
  Receipt,
  TelemetryLog,
  TelemetryMessage,
  TelemetryStream,
} from '../domain/telemetry-log.js';
import { WaitingTelemetry } from './waiting-telemetry.js';

/**
 * Telemetry in Kafka: one record a message, key = device id (also for a module's messages, so that
 * the order of a device holds), value = the body's bytes, headers = the hub's own properties, then the
 * message's (device-mqtt.md sections 5.4 and 6). A message counts as stored when every in-sync replica
 * has it.
 */
export class KafkaTelemetryLog implements TelemetryLog {
  readonly #waiting: WaitingTelemetry;

  /** @param overfullBytes of telemetry that waits; more than makes the producer full */
  constructor(
    private readonly producer: BatchingProducer,
    private readonly overfullBytes: number,
  ) {
    this.#waiting = new WaitingTelemetry(overfullBytes);
  }

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
    return new KafkaTelemetryStream({
      partition,
      key,
      hub: session.grant.hub,
      sessionHeaders: encodeHeaders(sessionHeaders(session)),
      waiting: this.#waiting,
    });
  }
}

/** Longer headers are encoded anew each time, so that a connection keeps little. */
const keptHeadersBytesMax = 2_048;

interface StreamParts {
  readonly partition: PartitionLog;
  readonly key: Buffer;
  readonly hub: string;
  readonly sessionHeaders: RecordHeaders;
  readonly waiting: WaitingTelemetry;
}

class KafkaTelemetryStream implements TelemetryStream {
  /** Devices tend to repeat their properties: the last ones are encoded once. */
  #lastMessage: MessageProperties | undefined;
  #lastHeaders: RecordHeaders | undefined;

  constructor(private readonly parts: StreamParts) {}

  get isOverfull(): boolean {
    const { waiting, hub } = this.parts;
    return waiting.isOverfull(hub);
  }

  append({ body, message }: TelemetryMessage, receipt: Receipt): void {
    const record = new TelemetryRecord(this.parts, body, this.#headersOf(message), receipt);
    this.parts.partition.append(record);
  }

  #headersOf(message: MessageProperties): RecordHeaders {
    if (message === this.#lastMessage && this.#lastHeaders !== undefined) {
      return this.#lastHeaders;
    }
    const headers = joinHeaders(this.parts.sessionHeaders, encodeHeaders(message.properties));
    if (headers.bytes.length <= keptHeadersBytesMax) {
      this.#lastMessage = message;
      this.#lastHeaders = headers;
    }
    return headers;
  }
}

class TelemetryRecord implements AppendableRecord {
  readonly #bytes: number;

  constructor(
    private readonly stream: StreamParts,
    readonly value: Buffer,
    readonly headers: RecordHeaders,
    private readonly receipt: Receipt,
  ) {
    this.#bytes = value.length + headers.bytes.length;
    stream.waiting.add(stream.hub, this.#bytes);
  }

  get key(): Buffer {
    return this.stream.key;
  }

  settle(error: Error | undefined): void {
    this.stream.waiting.remove(this.stream.hub, this.#bytes);
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
