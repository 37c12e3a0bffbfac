/** What happens in the gateway, each thing in one place with its log line and its metrics. */
import { HubError, type EndCause } from '@linchpin/wire';
import type { ProducerObserver, ReadersObserver } from '@linchpin/platform/kafka-partitions';
import { LoggedTrouble, StandingTrouble, type Logger } from '@linchpin/platform/logging';
import type { Registry } from '@linchpin/platform/metrics';
import {
  settlementOutcomes,
  type Settlement,
  type SettlementOutcome,
} from './domain/device-messages.js';
import type { DeviceSession } from './domain/device-session.js';
import { ConnectDropped } from './domain/fault-injection.js';
import type { ConnectClaim } from './domain/open-session.js';
import type { TelemetryCounter } from './domain/send-telemetry.js';
import type { TwinAnswer } from './domain/twin-requests.js';
import { failureFields, messageOf, nameOf } from './failure-fields.js';
import { createGatewayMetrics, type GatewayMetrics, type HubFigures } from './gateway-metrics.js';
import { UnsupportedProtocol } from './mqtt/connect.js';
import { ProtocolViolation } from './mqtt/protocol-violation.js';

/** What devices speak; `-ws` is the same in a WebSocket. */
export type Protocol = 'mqtt' | 'mqtt-ws' | 'amqp' | 'amqp-ws';

/** One connection's figures, from CONNACK to its end. */
export interface ConnectionRecord extends TelemetryCounter {
  readonly session: DeviceSession;
  readonly remoteAddress: string;
  readonly protocol: Protocol;
  readonly connectedMs: number;
  /** Cloud-to-device messages that were sent to it, and those that it has settled. */
  messagesDelivered: number;
  messagesSettled: number;
}

interface Connected {
  readonly session: DeviceSession;
  readonly remoteAddress: string;
  readonly protocol: Protocol;
  /** From when it asked for it. */
  readonly tookMs: number;
}

interface ConnectRefusal {
  readonly connectionId: string;
  readonly remoteAddress: string;
  readonly protocol: Protocol;
  /** Not proven; undefined when CONNECT could not be read. */
  readonly claim: ConnectClaim | undefined;
  readonly error: unknown;
}

export class GatewayEvents implements ProducerObserver, ReadersObserver {
  readonly #metrics: GatewayMetrics;
  /** Of the connections that are open, by hub. */
  readonly #open = new Map<string, Set<ConnectionRecord>>();
  /** Of those that ended, and of requests, by hub. */
  readonly #past = new Map<string, TelemetryCounter>();
  readonly #storeTrouble = new StandingTrouble();
  /** Partitions whose last batch waits for its next attempt. */
  readonly #waitingPartitions = new Set<string>();
  readonly #presenceTrouble: LoggedTrouble;
  readonly #limitsTrouble: LoggedTrouble;
  readonly #relayTrouble: LoggedTrouble;
  readonly #deletedHubsTrouble: LoggedTrouble;
  readonly #messagesTrouble: LoggedTrouble;
  readonly #feedbackTrouble: LoggedTrouble;
  readonly #fileNotificationsTrouble: LoggedTrouble;
  readonly #readsTrouble: LoggedTrouble;
  readonly #readersTrouble: LoggedTrouble;
  readonly #apiTrouble: LoggedTrouble;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
    /** ms, as `performance.now()` counts them. */
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#metrics = createGatewayMetrics(metrics, () => this.#figures());
    const trouble = (stands: string, over: string): LoggedTrouble =>
      new LoggedTrouble({ logger, clock, stands, over });
    this.#presenceTrouble = trouble(
      'Redis does not take a change of presence; it is sent again',
      'Redis takes changes of presence again',
    );
    this.#limitsTrouble = trouble(
      'limits cannot be shared with other processes',
      'limits are shared again',
    );
    this.#relayTrouble = trouble(
      'connection-state events wait',
      'connection-state events wait no more',
    );
    this.#deletedHubsTrouble = trouble(
      'what is kept of deleted hubs cannot be removed yet',
      'what is kept of deleted hubs can be removed again',
    );
    this.#readsTrouble = trouble(
      'Kafka does not give what readers want; it is asked again',
      'Kafka gives what readers want again',
    );
    this.#readersTrouble = trouble(
      'Redis does not hear which partitions are read; it is told again',
      'Redis hears which partitions are read again',
    );
    this.#apiTrouble = trouble(
      'the api does not answer; requests are refused',
      'the api answers again',
    );
    this.#messagesTrouble = trouble(
      'cloud-to-device does not answer; messages wait',
      'cloud-to-device answers again',
    );
    this.#feedbackTrouble = trouble(
      'cloud-to-device does not answer for feedback; it is asked again',
      'cloud-to-device answers for feedback again',
    );
    this.#fileNotificationsTrouble = trouble(
      'file-upload does not answer for file notifications; it is asked again',
      'file-upload answers for file notifications again',
    );
  }

  /** A socket was closed before it could send CONNECT. */
  turnedAway(remoteAddress: string, reason: string, detail?: string): void {
    this.#metrics.socketsTurnedAway.inc({ reason });
    this.logger.debug({ remoteAddress, reason, detail }, 'socket turned away');
  }

  connectRefused({ connectionId, remoteAddress, protocol, claim, error }: ConnectRefusal): void {
    this.#metrics.connectsRefused.inc({ reason: nameOf(error) });
    const claimed = claim && { hostName: claim.host, ...claim.identity };
    const line = { ...claimed, connectionId, remoteAddress, protocol };
    this.#log({ ...line, ...failureFields(error) }, 'connect refused', error);
  }

  connected({ session, remoteAddress, protocol, tookMs }: Connected): ConnectionRecord {
    this.#metrics.connectSeconds.observe(tookMs / 1_000);
    const connectedMs = this.clock();
    const record = {
      ...{ session, remoteAddress, protocol, connectedMs },
      ...{ messages: 0, bytes: 0, messagesDelivered: 0, messagesSettled: 0 },
    };
    const { hub } = session.grant;
    const open = this.#open.get(hub);
    if (open === undefined) {
      this.#open.set(hub, new Set([record]));
    } else {
      open.add(record);
    }
    return record;
  }

  /** A fault of the gateway's own, which ends one connection. */
  connectionFailed(remoteAddress: string, protocol: Protocol, error: unknown): void {
    this.logger.error({ remoteAddress, protocol, err: error }, 'a fault ends a connection');
  }

  /** @param failure what the client did, or what failed, when that is why */
  ended(record: ConnectionRecord, cause: EndCause, failure: unknown): void {
    const { session, remoteAddress, protocol, connectedMs, messages, bytes } = record;
    const { hub } = session.grant;
    this.#metrics.connectionsEnded.inc({ cause });
    this.#open.get(hub)?.delete(record);
    const past = this.counterOf(hub);
    past.messages += messages;
    past.bytes += bytes;
    const { messagesDelivered, messagesSettled } = record;
    const figures = { messages, bytes, messagesDelivered, messagesSettled };
    const line = { ...whoIs(session), remoteAddress, protocol, cause, ...figures };
    const durationMs = Math.round(this.clock() - connectedMs);
    this.#log({ ...line, durationMs, ...failureFields(failure) }, 'connection ended', failure);
  }

  /** @param areSettled those of which it is false, whose lock was lost, do not count */
  messagesSettled(
    record: ConnectionRecord,
    settlements: readonly Settlement[],
    areSettled: readonly boolean[],
  ): void {
    const { hub } = record.session.grant;
    settlements.forEach(({ outcome }, index) => {
      if (areSettled[index] === true) {
        record.messagesSettled += 1;
        this.messageSettled(hub, outcome);
      }
    });
  }

  messageSettled(hub: string, outcome: SettlementOutcome): void {
    this.#metrics.messagesSettled.inc({ hub, outcome });
  }

  /** Of the hub's telemetry that comes by no open connection of a device. */
  counterOf(hub: string): TelemetryCounter {
    const past = this.#past.get(hub) ?? { messages: 0, bytes: 0 };
    this.#past.set(hub, past);
    return past;
  }

  /** The queues of cloud-to-device messages do not answer. */
  messagesWait(error: unknown): void {
    this.#messagesTrouble.meet(error);
  }

  messagesFlow(): void {
    this.#messagesTrouble.end();
  }

  feedbackWaits(error: unknown): void {
    this.#feedbackTrouble.meet(error);
  }

  feedbackFlows(): void {
    this.#feedbackTrouble.end();
  }

  fileNotificationsWait(error: unknown): void {
    this.#fileNotificationsTrouble.meet(error);
  }

  fileNotificationsFlow(): void {
    this.#fileNotificationsTrouble.end();
  }

  readsWait(error: unknown): void {
    this.#readsTrouble.meet(error);
  }

  readsFlow(): void {
    this.#readsTrouble.end();
  }

  /** Readers go on, and others may be let in to their places. */
  readersUnheard(error: unknown): void {
    this.#readersTrouble.meet(error);
  }

  readersHeard(): void {
    this.#readersTrouble.end();
  }

  /** A request was refused for want of the api. */
  apiFailed(error: unknown): void {
    this.#apiTrouble.meet(error);
  }

  apiAnswered(): void {
    this.#apiTrouble.end();
  }

  willDropped({ session }: ConnectionRecord, error: unknown): void {
    this.logger.info({ ...whoIs(session), reason: messageOf(error) }, 'a will is dropped');
  }

  twinAnswered(session: DeviceSession, answer: TwinAnswer): void {
    const error = answer.kind === 'failed' ? nameOf(answer.error) : '';
    this.#metrics.twinRequests.inc({ error });
    if (answer.kind === 'failed' && !isForeseen(answer.error)) {
      this.logger.error({ ...whoIs(session), err: answer.error }, 'a twin request failed');
    }
  }

  stored({
    topic,
    partition,
    records,
    bytes,
    durationMs,
  }: Parameters<ProducerObserver['stored']>[0]): void {
    this.#metrics.batchRecords.observe(records);
    this.#metrics.batchBytes.observe(bytes);
    this.#metrics.storeSeconds.observe(durationMs / 1_000);
    if (this.#waitingPartitions.size > 0) {
      this.#storesAgain(`${topic}/${partition}`);
    }
  }

  retrying({
    topic,
    partition,
    error,
    sinceMs,
  }: Parameters<ProducerObserver['retrying']>[0]): void {
    this.#metrics.batchRetries.inc();
    this.#waitingPartitions.add(`${topic}/${partition}`);
    this.#storeTrouble.tell(this.clock(), () => {
      const line = { topic, partition, err: error, failingForMs: Date.now() - sinceMs };
      this.logger.warn(line, 'Kafka does not store a batch; it is sent again');
    });
  }

  /** A change of presence that must be made waits for Redis. */
  presenceWaits(error: unknown): void {
    this.#presenceTrouble.meet(error);
  }

  presenceTaken(): void {
    this.#presenceTrouble.end();
  }

  /** Until the store of limits answers, this process holds hubs to its last share by itself. */
  limitsApart(error: unknown): void {
    this.#limitsTrouble.meet(error);
  }

  limitsShared(): void {
    this.#limitsTrouble.end();
  }

  relayWaits(error: unknown): void {
    this.#relayTrouble.meet(error);
  }

  relayWorks(): void {
    this.#relayTrouble.end();
  }

  /** What is kept of a deleted hub waits for Redis. */
  deletedHubsWait(error: unknown): void {
    this.#deletedHubsTrouble.meet(error);
  }

  deletedHubsForgotten(): void {
    this.#deletedHubsTrouble.end();
  }

  /** What has ended is counted no more; connections of a later hub of the same name go on. */
  hubDeleted(hub: string): void {
    this.#past.delete(hub);
    for (const outcome of settlementOutcomes) {
      this.#metrics.messagesSettled.remove({ hub, outcome });
    }
    if (this.#open.get(hub)?.size === 0) {
      this.#open.delete(hub);
    }
  }

  changeUnreadable(error: unknown): void {
    this.logger.error({ err: error }, 'a change in the registry cannot be read; passed over');
  }

  #storesAgain(partition: string): void {
    this.#waitingPartitions.delete(partition);
    if (this.#waitingPartitions.size === 0) {
      this.#storeTrouble.end(this.clock(), (stoodForMs) => {
        this.logger.info({ stoodForMs: Math.round(stoodForMs) }, 'Kafka stores again');
      });
    }
  }

  /** What a client does is told at info; a fault of our own needs its stack. */
  #log(line: object, message: string, failure: unknown): void {
    if (failure === undefined || isForeseen(failure)) {
      this.logger.info(line, message);
    } else {
      this.logger.error({ ...line, err: failure }, message);
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

function isForeseen(failure: unknown): boolean {
  const foreseen = [HubError, ProtocolViolation, UnsupportedProtocol, ConnectDropped];
  return foreseen.some((type) => failure instanceof type);
}
