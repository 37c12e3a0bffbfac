import { Counter, Gauge, Histogram, type Registry } from '@linchpin/platform/metrics';

/** One hub's figures at the time of the scrape. */
export interface HubFigures {
  readonly hub: string;
  readonly connections: number;
  readonly messages: number;
  readonly bytes: number;
}

/** The gateway's metrics; `iothub_*` are those that Azure has too (events-monitoring.md section 6). */
export interface GatewayMetrics {
  readonly connectsRefused: Counter<'reason'>;
  readonly connectionsEnded: Counter<'cause'>;
  readonly socketsTurnedAway: Counter<'reason'>;
  readonly connectSeconds: Histogram;
  readonly twinRequests: Counter<'error'>;
  readonly messagesSettled: Counter<'hub' | 'outcome'>;
  readonly batchRecords: Histogram;
  readonly batchBytes: Histogram;
  readonly storeSeconds: Histogram;
  readonly batchRetries: Counter;
}

export function createGatewayMetrics(
  metrics: Registry,
  hubFigures: () => readonly HubFigures[],
): GatewayMetrics {
  const registers = [metrics];
  addHubMetrics(metrics, hubFigures);
  return {
    connectsRefused: new Counter({
      name: 'linchpin_gateway_connects_refused_total',
      help: 'CONNECTs that were refused, by error code.',
      labelNames: ['reason'],
      registers,
    }),
    connectionsEnded: new Counter({
      name: 'linchpin_gateway_connections_ended_total',
      help: 'Connections that ended, by cause.',
      labelNames: ['cause'],
      registers,
    }),
    socketsTurnedAway: new Counter({
      name: 'linchpin_gateway_sockets_turned_away_total',
      help: 'Sockets that were closed before they could send CONNECT, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    connectSeconds: new Histogram({
      name: 'linchpin_gateway_connect_duration_seconds',
      help: 'From CONNECT to CONNACK, for clients that were let in.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    twinRequests: new Counter({
      name: 'linchpin_gateway_twin_requests_total',
      help: 'Twin requests of devices that were answered, by error code (empty when one succeeded).',
      labelNames: ['error'],
      registers,
    }),
    messagesSettled: new Counter({
      name: 'iothub_c2d_settlements_total',
      help: 'Cloud-to-device messages that their devices were done with, by outcome.',
      labelNames: ['hub', 'outcome'],
      registers,
    }),
    ...createKafkaMetrics(registers),
  };
}

/** @param pendingBytes of all that the gateway's producer was given and Kafka has not stored */
export function addPendingTelemetryMetric(metrics: Registry, pendingBytes: () => number): void {
  new Gauge({
    name: 'linchpin_telemetry_pending_bytes',
    help: 'Bytes of telemetry and connection events that wait for Kafka.',
    registers: [metrics],
    collect() {
      this.set(pendingBytes());
    },
  });
}

function createKafkaMetrics(
  registers: Registry[],
): Pick<GatewayMetrics, 'batchRecords' | 'batchBytes' | 'storeSeconds' | 'batchRetries'> {
  return {
    batchRecords: new Histogram({
      name: 'linchpin_kafka_batch_records',
      help: 'Records in a batch that Kafka stored.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000],
      registers,
    }),
    batchBytes: new Histogram({
      name: 'linchpin_kafka_batch_bytes',
      help: 'Bytes of a batch that Kafka stored.',
      buckets: [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576],
      registers,
    }),
    storeSeconds: new Histogram({
      name: 'linchpin_telemetry_store_duration_seconds',
      help: 'From the first record of a batch until all in-sync replicas have it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
    batchRetries: new Counter({
      name: 'linchpin_kafka_batch_retries_total',
      help: 'Times that a batch had to wait for another attempt.',
      registers,
    }),
  };
}

/** Counted in plain numbers on the hot path, and read only when somebody scrapes. */
function addHubMetrics(metrics: Registry, hubFigures: () => readonly HubFigures[]): void {
  const registers = [metrics];
  const labelNames = ['hub'] as const;
  new Gauge({
    name: 'linchpin_gateway_connections',
    help: 'Connections of devices and modules to this gateway.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { hub, connections } of hubFigures()) {
        this.set({ hub }, connections);
      }
    },
  });
  new Counter({
    name: 'iothub_telemetry_ingress_total',
    help: 'Telemetry messages that were accepted.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { hub, messages } of hubFigures()) {
        this.inc({ hub }, messages);
      }
    },
  });
  new Counter({
    name: 'iothub_device_data_bytes_total',
    help: 'Bytes of telemetry that were accepted, properties included.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { hub, bytes } of hubFigures()) {
        this.inc({ hub }, bytes);
      }
    },
  });
}
