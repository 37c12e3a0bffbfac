import { setImmediate as turn } from 'node:timers/promises';
import { NamedRooms } from '@linchpin/fairness';
import type { Packet } from 'mqtt-packet';
import { InMemorySocket } from '@linchpin/testing';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { FakeAuthenticator } from '../domain/authenticator.fake.js';
import { FakeBudgets } from '../domain/budgets.fake.js';
import { ConnectionTable } from '../domain/connection-table.js';
import { FaultInjector, type FaultStore } from '../domain/fault-injection.js';
import { FakeDeviceMessages } from '../domain/device-messages.fake.js';
import { FakeDeviceTwins } from '../domain/device-twins.fake.js';
import { fakeLimiters } from '../domain/hub-limiters.fake.js';
import { SessionOpener } from '../domain/open-session.js';
import { FakePresenceStore } from '../domain/presence.fake.js';
import { FakeTelemetryLog } from '../domain/telemetry-log.fake.js';
import { GatewayEvents } from '../events.js';
import { connectPacket, FakeClient } from './client.fake.js';
import { MqttConnection } from './mqtt-connection.js';
import type { MqttServices } from './mqtt-services.js';
import type { ClientSocket } from '../sockets/client-socket.js';
import { WriteBatcher } from '../sockets/write-batcher.js';

interface FakeGatewayOptions {
  /** Shared by gateways that are to know of each other's devices. */
  readonly store?: FakePresenceStore;
  readonly faults?: FaultStore;
  readonly pendingPublishesMax?: number;
  readonly partialBytesMax?: number;
  readonly willBytesMax?: number;
  readonly exchangeBytesMax?: number;
}

/** A client and the gateway's end of its connection. */
interface Opened {
  readonly client: FakeClient;
  readonly connection: MqttConnection;
  readonly socket: InMemorySocket;
}

/** A gateway of which only the engines are fakes; clients reach it over sockets in memory. */
export class FakeGateway {
  readonly authenticator = new FakeAuthenticator();
  readonly log = new FakeTelemetryLog();
  readonly twins = new FakeDeviceTwins();
  readonly messages = new FakeDeviceMessages();
  readonly table = new ConnectionTable();
  readonly budgets = new FakeBudgets();
  readonly limiters = fakeLimiters(this.budgets);
  readonly store: FakePresenceStore;
  readonly services: MqttServices;
  /** Lines of the log, each an object. */
  readonly lines: Record<string, unknown>[] = [];
  proven = 0;
  ended = 0;

  constructor(options: FakeGatewayOptions = {}) {
    const { store = new FakePresenceStore(), faults, partialBytesMax = 1_000_000 } = options;
    this.store = store;
    const presence = store.gateway('g1');
    const injector = faults && new FaultInjector(faults);
    const { authenticator, table, log, twins, messages } = this;
    const { limiters } = this;
    const peers = { disconnect: () => Promise.resolve() };
    const write = (line: string): unknown => this.lines.push(JSON.parse(line) as never);
    const destination = { write };
    const logger = createLogger({ service: 'gateway', level: 'debug', destination });
    this.services = {
      opener: new SessionOpener({
        ...{ gatewayId: 'g1', authenticator, presence, peers, table, limiters },
        faults: injector,
      }),
      presence,
      telemetryLog: log,
      twins,
      messages,
      events: new GatewayEvents(logger, createMetrics('gateway')),
      limits: {
        connectArrivalMs: 60_000,
        pendingPublishesMax: options.pendingPublishesMax ?? 1_000,
      },
      partialInput: {
        unauthenticated: new NamedRooms(partialBytesMax),
        connected: new NamedRooms(partialBytesMax),
      },
      wills: new NamedRooms(options.willBytesMax ?? 1_000_000),
      exchanges: new NamedRooms(options.exchangeBytesMax ?? 10_000_000),
      writes: new WriteBatcher(),
      faults: injector,
    };
  }

  /** A client whose TLS handshake is done. */
  open(certificates: readonly Buffer[] = [], address = '192.0.2.1'): Opened {
    const [near, far] = InMemorySocket.pair();
    const connection = this.serve(far, certificates, address);
    return { client: new FakeClient(near), connection, socket: far };
  }

  /** The gateway's end of a connection. */
  serve(
    socket: ClientSocket,
    certificates: readonly Buffer[] = [],
    address = '192.0.2.1',
  ): MqttConnection {
    return new MqttConnection({
      socket,
      client: { address, tlsVersion: '1.3' },
      certificates: () => certificates,
      services: this.services,
      onProven: () => {
        this.proven += 1;
      },
      onEnded: () => {
        this.ended += 1;
      },
    });
  }

  /** A client that was let in. */
  async connect(fields: Parameters<typeof connectPacket>[0] = {}): Promise<Opened> {
    const opened = this.open();
    opened.client.send(connectPacket(fields));
    await opened.client.receive(1);
    return opened;
  }

  /** Everything that a client gets, in hexadecimal, that says this and waits for the end. */
  async answerTo(packet: Packet | Buffer): Promise<string> {
    const { client } = this.open();
    client.send(packet);
    await client.closed;
    return client.hex;
  }

  /** Of the connection-state events: type and cause. */
  get events(): string[] {
    return this.store.events.map(({ type, cause }) => `${type} ${cause}`);
  }
}

/** Lets what is under way in memory come to its end. */
export async function turns(count = 10): Promise<void> {
  for (let index = 0; index < count; index++) {
    await turn();
  }
}
