/**
 * The gateway's Kafka producer alone: no connection, no MQTT, no TLS. It keeps as many records on
 * their way as a saturated gateway has, of the same size and with the same headers, and stores the next
 * when one is stored. Asked for it, it says how many are stored by then.
 */
import { encodeHeaders, type RecordHeaders } from '@linchpin/platform/kafka';
import {
  BatchingProducer,
  partitionFor,
  type AppendableRecord,
  type PartitionLog,
} from '@linchpin/platform/kafka-partitions';
import { formatConnectionAuthMethod, hubProperties } from '@linchpin/wire';
import { endWithParent } from './child.js';
import type { ProducerLoad } from './producer-loop.js';

const load = JSON.parse(process.argv[2] ?? '') as ProducerLoad;
let stored = 0;

class RepeatedRecord implements AppendableRecord {
  readonly key: Buffer;
  readonly headers: RecordHeaders;
  readonly #partition: PartitionLog;

  constructor(
    producer: BatchingProducer,
    deviceId: string,
    readonly value: Buffer,
  ) {
    this.key = Buffer.from(deviceId);
    this.headers = encodeHeaders([
      [hubProperties.connectionDeviceId, deviceId],
      [hubProperties.connectionAuthGenerationId, load.generationId],
      [hubProperties.connectionAuthMethod, formatConnectionAuthMethod('device', 'sas')],
      [hubProperties.messageSource, 'Telemetry'],
    ]);
    this.#partition = producer.partition(load.topic, partitionFor(this.key, load.partitions));
  }

  append(): void {
    this.#partition.append(this);
  }

  settle(error: Error | undefined): void {
    if (error !== undefined) {
      throw error;
    }
    stored += 1;
    this.append();
  }
}

const producer = await BatchingProducer.start(
  { brokers: load.brokers, clientId: 'bench-producer' },
  { stored: () => undefined, retrying: () => undefined },
);
const payload = Buffer.alloc(load.payloadBytes, 'x');
for (const deviceId of load.deviceIds) {
  const record = new RepeatedRecord(producer, deviceId, payload);
  for (let number = 0; number < load.window; number++) {
    record.append();
  }
}
endWithParent();
process.on('message', () => {
  process.send?.({ stored });
});
process.send?.({ stored });
