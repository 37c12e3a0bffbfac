/** What happens in the gateway, each thing in one place with its log line and its metrics. */
import { HubError } from '@linchpin/wire';
import type { ProducerObserver } from '@linchpin/platform/kafka';
import type { Logger } from '@linchpin/platform/logging';
import type { Registry } from '@linchpin/platform/metrics';
import type { DeviceSession } from './domain/device-session.js';
import type { EndCause } from './domain/end-cause.js';
import type { TelemetryCounter } from './domain/send-telemetry.js';
import { createGatewayMetrics, type GatewayMetrics, type HubFigures } from './gateway-metrics.js';

/** One connection's figures, from CONNACK to its end. */
export interface ConnectionRecord extends TelemetryCounter {
  readonly session: DeviceSession;
  readonly remoteAddress: string;
  readonly connectedMs: number;
}

interface Connected {
  readonly session: DeviceSession;
  readonly remoteAddress: string;
  /** When CONNECT came. */
  readonly askedMs: number;
}

interface ConnectRefusal {
  readonly connectionId: string;
  readonly remoteAddress: string;
  readonly error: unknown;
}

/** How often a standing trouble with Kafka is told. */
const retryLogMs = 5_000;

export class GatewayEvents implements ProducerObserver {
  readonly #metrics: GatewayMetrics;
  /** Of the connections that are open, by hub. */
  readonly #open = new Map<string, Set<ConnectionRecord>>();
  /** Of those that ended, by hub. */
  readonly #past = new Map<string, TelemetryCounter>();
  #retryLoggedMs = 0;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    this.#metrics = createGatewayMetrics(metrics, () => this.#figures());
  }

  /** A socket was closed before it could send CONNECT. */
  turnedAway(remoteAddress: string, reason: string): void {
    this.#metrics.socketsTurnedAway.inc({ reason });
    this.logger.debug({ remoteAddress, reason }, 'socket turned away');
  }

  connectRefused({ connectionId, remoteAddress, error }: ConnectRefusal): void {
    const errorCode = nameOf(error);
    this.#metrics.connectsRefused.inc({ reason: errorCode });
    const line = { connectionId, remoteAddress, protocol: 'mqtt', errorCode };
    this.logger.info({ ...line, reason: messageOf(error) }, 'connect refused');
  }

  connected({ session, remoteAddress, askedMs }: Connected): ConnectionRecord {
    const now = Date.now();
    this.#metrics.connectSeconds.observe((now - askedMs) / 1_000);
    const record = { session, remoteAddress, connectedMs: now, messages: 0, bytes: 0 };
    const { hub } = session.grant;
    const open = this.#open.get(hub);
    if (open === undefined) {
      this.#open.set(hub, new Set([record]));
    } else {
      open.add(record);
    }
    return record;
  }

  /** @param failure what the client did, or what failed, when that is why */
  ended(record: ConnectionRecord, cause: EndCause, failure: unknown): void {
    const { session, remoteAddress, connectedMs, messages, bytes } = record;
    const { hub } = session.grant;
    this.#metrics.connectionsEnded.inc({ cause });
    this.#open.get(hub)?.delete(record);
    const past = this.#past.get(hub) ?? { messages: 0, bytes: 0 };
    past.messages += messages;
    past.bytes += bytes;
    this.#past.set(hub, past);
    this.logger.info(
      {
        ...whoIs(session),
        remoteAddress,
        protocol: 'mqtt',
        cause,
        messages,
        bytes,
        durationMs: Date.now() - connectedMs,
        ...(failure !== undefined && { errorCode: nameOf(failure), reason: messageOf(failure) }),
      },
      'connection ended',
    );
  }

  willDropped({ session }: ConnectionRecord, error: unknown): void {
    this.logger.warn({ ...whoIs(session), reason: messageOf(error) }, 'an invalid will is dropped');
  }

  stored({ records, bytes, durationMs }: Parameters<ProducerObserver['stored']>[0]): void {
    this.#metrics.batchRecords.observe(records);
    this.#metrics.batchBytes.observe(bytes);
    this.#metrics.storeSeconds.observe(durationMs / 1_000);
  }

  retrying({
    topic,
    partition,
    error,
    sinceMs,
  }: Parameters<ProducerObserver['retrying']>[0]): void {
    this.#metrics.batchRetries.inc();
    const now = Date.now();
    if (now - this.#retryLoggedMs > retryLogMs) {
      this.#retryLoggedMs = now;
      const line = { topic, partition, err: error, failingForMs: now - sinceMs };
      this.logger.warn(line, 'Kafka does not store a batch; it is sent again');
    }
  }

  #figures(): HubFigures[] {
    const hubs = new Set([...this.#open.keys(), ...this.#past.keys()]);
    return [...hubs].map((hub) => {
      const { messages = 0, bytes = 0 } = this.#past.get(hub) ?? {};
      const open = this.#open.get(hub) ?? new Set();
      const figures = { hub, connections: open.size, messages, bytes };
      for (const record of open) {
        figures.messages += record.messages;
        figures.bytes += record.bytes;
      }
      return figures;
    });
  }
}

function whoIs({ identity, grant, connectionId }: DeviceSession): object {
  return { hub: grant.hub, ...identity, connectionId };
}

function nameOf(error: unknown): string {
  if (error instanceof HubError) {
    return error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
