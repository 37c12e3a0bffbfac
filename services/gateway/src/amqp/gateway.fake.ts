import { once, type EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { defaultLimits } from '@linchpin/amqp';
import { createSasToken, parseSasToken } from '@linchpin/auth';
import { NamedRooms } from '@linchpin/fairness';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { eventually, InMemorySocket } from '@linchpin/testing';
import { HubError, identityKey, type DeviceIdentityId } from '@linchpin/wire';
import rhea, { type Connection, type EventContext, type Sender } from 'rhea';
import type { Authenticator, CredentialClaim } from '../domain/authenticator.js';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { FakeBudgets } from '../domain/budgets.fake.js';
import { ConnectionTable } from '../domain/connection-table.js';
import { FakeDeviceMessages } from '../domain/device-messages.fake.js';
import { EventReaders } from '../domain/event-readers.js';
import { FakeEventLog } from '../domain/event-log.fake.js';
import { FakeReaderStore } from '../domain/reader-claims.fake.js';
import { FakeDeviceTwins } from '../domain/device-twins.fake.js';
import type { Grant } from '../domain/device-session.js';
import { fakeLimiters } from '../domain/hub-limiters.fake.js';
import { ServiceOpener } from '../domain/open-service.js';
import { SessionOpener } from '../domain/open-session.js';
import type { PolicyGrant, PolicyTokens } from '../domain/policy-tokens.js';
import type { FeedbackBatch } from '../domain/feedback.js';
import type { LockedFileNotification } from '../domain/file-notifications.js';
import { ServiceboundFeeds } from '../domain/servicebound-feed.js';
import { FakeServiceboundQueue } from '../domain/servicebound-queue.fake.js';
import type { ServiceboundMessage } from '../domain/servicebound-queue.js';
import { FakePresenceStore } from '../domain/presence.fake.js';
import { FakeTelemetryLog } from '../domain/telemetry-log.fake.js';
import { FakeSentMessages } from '../domain/sent-messages.fake.js';
import { GatewayEvents } from '../events.js';
import { ServiceLinkEvents } from '../service-link-events.js';
import { WriteBatcher } from '../sockets/write-batcher.js';
import type { AmqpServices } from './amqp-services.js';
import { ClientConnection } from './client-connection.js';
import { EventHubs } from './event-hub.js';
import { saslMechanisms } from './sasl.js';

const host = 'h.example.net';
const goodKey = Buffer.alloc(32, 1).toString('base64');
const otherKey = Buffer.alloc(32, 2).toString('base64');

/** What a transfer that comes before its link is accepted counts for, beside its payload. */
const earlyTransferBytes = 256;

interface TokenOptions {
  readonly policy?: string;
  readonly isGood?: boolean;
  readonly expiresInMs?: number;
}

/** What a test's client shows. */
export function tokenFor(
  path: string,
  { policy, isGood = true, expiresInMs = 3_600_000 }: TokenOptions = {},
): string {
  const expiresAt = new Date(Date.now() + expiresInMs);
  return createSasToken({
    audience: `${host}${path}`,
    key: isGood ? goodKey : otherKey,
    policy,
    expiresAt,
  });
}

/** Knows the good key, whatever it is for, and devices that do not exist. */
class FakeCredentials implements Authenticator, PolicyTokens {
  readonly claims: CredentialClaim[] = [];
  readonly unknown = new Set<string>();
  grant: Partial<Grant> = {};
  /** Of every policy. */
  rights = 15;
  /** Of policies: none counts any more. */
  revoked = false;
  /** What each verdict waits for. */
  #gate: Promise<void> = Promise.resolve();

  /** No verdict comes until what is returned is called. */
  holdVerdicts(): () => void {
    let letGo: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }

  async authenticate(claim: CredentialClaim): Promise<Grant> {
    this.claims.push(claim);
    await this.#gate;
    const { identity, credential } = claim;
    if (this.unknown.has(identity.deviceId)) {
      throw new HubError('DeviceNotFound', 'There is no such device.');
    }
    if (credential.kind === 'sas' && !isGood(credential.token)) {
      throw new HubError('IotHubUnauthorized', 'The token is not good.');
    }
    return { ...fakeGrant, ...this.grant };
  }

  async authorize(token: string): Promise<PolicyGrant> {
    await this.#gate;
    const { expiresAt } = parseSasToken(token);
    if (!isGood(token) || this.revoked) {
      throw new HubError('IotHubUnauthorizedAccess', 'The token is not good.');
    }
    return { ...this.policyGrant, expiresAt };
  }

  get policyGrant(): PolicyGrant {
    const { rights } = this;
    const credentialIds = ['service-policy/p/a', 'local-auth'];
    return { ...fakeGrant, expiresAt: new Date(0), policy: 'p', rights, credentialIds };
  }
}

/** A token of the good key has its signature. */
function isGood(text: string): boolean {
  const { audience, policy, expiresAt, signature } = parseSasToken(text);
  const again = createSasToken({
    audience: decodeURIComponent(audience),
    key: goodKey,
    policy,
    expiresAt,
  });
  return parseSasToken(again).signature.equals(signature);
}

/** A gateway of which only the engines are fakes, and unmodified rhea clients over sockets in memory. */
export class FakeAmqpGateway {
  readonly credentials = new FakeCredentials();
  readonly budgets = new FakeBudgets();
  readonly log = new FakeTelemetryLog();
  readonly messages = new FakeDeviceMessages();
  readonly sentMessages = new FakeSentMessages();
  readonly feedback = new FakeServiceboundQueue<FeedbackBatch>();
  readonly fileNotifications = new FakeServiceboundQueue<LockedFileNotification>();
  readonly events = new FakeEventLog();
  readonly consumerGroups = ['$Default', 'Mine'];
  readonly readerStore = new FakeReaderStore();
  readonly twins = new FakeDeviceTwins();
  readonly table = new ConnectionTable();
  readonly store = new FakePresenceStore();
  readonly services: AmqpServices;
  readonly lines: Record<string, unknown>[] = [];
  readonly #clients: Connection[] = [];

  constructor() {
    const { credentials, table, store } = this;
    const presence = store.gateway('g1');
    const destination = { write: (line: string) => this.lines.push(JSON.parse(line) as never) };
    const logger = createLogger({ service: 'gateway', level: 'debug', destination });
    const metrics = createMetrics('gateway');
    const limiters = fakeLimiters(this.budgets);
    const consumerGroups = { list: () => Promise.resolve(this.consumerGroups) };
    this.services = {
      settings: {
        ...defaultLimits,
        ...{ containerId: 'DeviceGateway_0', hostname: 'localhost', saslMechanisms },
      },
      opener: new SessionOpener({
        gatewayId: 'g1',
        authenticator: credentials,
        presence,
        peers: { disconnect: () => Promise.resolve() },
        table,
        limiters,
      }),
      serviceOpener: new ServiceOpener({
        policyTokens: credentials,
        accesses: table.accesses,
        limiters,
      }),
      telemetryLog: this.log,
      messages: this.messages,
      sentMessages: this.sentMessages,
      feedback: feedsOf(this.feedback),
      fileNotifications: feedsOf(this.fileNotifications),
      twins: this.twins,
      presence,
      exchanges: new NamedRooms(10_000_000),
      events: new GatewayEvents(logger, metrics),
      serviceEvents: new ServiceLinkEvents(logger, metrics),
      reading: {
        eventHubs: new EventHubs({ log: this.events, consumerGroups }),
        log: this.events,
        readers: new EventReaders({
          gatewayId: 'g1',
          claims: this.readerStore.gateway('g1'),
          peers: { endReader: () => Promise.resolve() },
        }),
        readAhead: new NamedRooms(10_000_000),
        publicPort: 5_671,
      },
      limits: { provenMs: 60_000, withoutLinksMs: 300_000, pendingMessagesMax: 1_000 },
      partialInput: {
        unauthenticated: new NamedRooms(10_000_000),
        connected: new NamedRooms(10_000_000),
      },
      writes: new WriteBatcher(),
    };
  }

  /** Opens a connection as SDKs do; without a SASL layer when no option asks for one. @throws why it is refused */
  async connect(
    certificates: readonly Buffer[] = [],
    options: object = {},
    sockets = inMemorySockets(),
  ): Promise<RheaDevice> {
    const connection = new ClientConnection({
      socket: sockets.far,
      client: { address: '192.0.2.1', tlsVersion: '1.3' },
      certificates: () => certificates,
      services: this.services,
      onProven: () => undefined,
      onEnded: () => undefined,
    });
    const connect = (...args: [unknown, unknown, unknown, () => void]): Duplex => {
      setImmediate(args[3]);
      return sockets.near;
    };
    const client = rhea.create_container().connect({
      hostname: host,
      reconnect: false,
      connection_details: () => ({ host, port: 5671, connect }),
      ...options,
    } as never);
    client.on('disconnected', () => undefined);
    client.on('error', () => undefined);
    this.#clients.push(client);
    await once(client as unknown as EventEmitter, 'connection_open');
    return new RheaDevice(client, connection, sockets);
  }

  /** A device's own token is put already. */
  async connectDevice(identity: DeviceIdentityId = { deviceId: 'd1' }): Promise<RheaDevice> {
    const device = await this.connect();
    await device.putToken(tokenFor(pathOf(identity)));
    return device;
  }

  /** Sends by a link what there is no credit for, before who opens it is let in; resolves when it has failed. */
  async sendEarly(
    { client }: RheaDevice,
    target: string,
    bodies: readonly Buffer[],
  ): Promise<Sender> {
    const judge = this.credentials.holdVerdicts();
    const sender = client.open_sender({ target });
    const failed = once(sender as unknown as EventEmitter, 'sender_error');
    // Else rhea writes transfers before the attach.
    await new Promise(setImmediate);
    (sender as unknown as { credit: number }).credit = bodies.length;
    for (const body of bodies) {
      sender.send({ body });
    }
    const sizes = bodies.map((body) => rhea.message.encode({ body }).length + earlyTransferBytes);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const { connected } = this.services.partialInput;
    await eventually(() => connected.heldBytes >= bytes);
    judge();
    await failed;
    return sender;
  }

  isConnected(deviceId: string): boolean {
    return this.store.places.get(identityKey('h', { deviceId }))?.holder !== undefined;
  }

  close(): void {
    for (const client of this.#clients) {
      client.close();
    }
  }
}

function feedsOf<Message extends ServiceboundMessage>(
  queue: FakeServiceboundQueue<Message>,
): ServiceboundFeeds<Message> {
  return new ServiceboundFeeds({
    nowMs: () => performance.now(),
    queue,
    idlePauseMs: 5_000,
    onFailed: () => undefined,
    onAnswered: () => undefined,
    // The shortest is over at once; a longer one until somebody asks.
    pause: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 250 || signal?.aborted === true) {
          setImmediate(resolve);
        }
        signal?.addEventListener('abort', () => {
          resolve();
        });
      }),
  });
}

export function pathOf({ deviceId, moduleId }: DeviceIdentityId): string {
  return moduleId === undefined
    ? `/devices/${deviceId}`
    : `/devices/${deviceId}/modules/${moduleId}`;
}

interface CbsAnswer {
  readonly status: number;
  readonly description: string;
}

/** The client's end of a connection, and the gateway's. */
interface Sockets {
  readonly near: Duplex;
  readonly far: Duplex;
}

function inMemorySockets(): Sockets {
  const [near, far] = InMemorySocket.pair();
  return { near, far };
}

/** What a test does with one client. */
export class RheaDevice {
  readonly #answers: CbsAnswer[] = [];
  #puts = 0;

  constructor(
    readonly client: Connection,
    readonly connection: ClientConnection,
    readonly sockets: Sockets,
  ) {}

  async putToken(token: string, properties: object = {}): Promise<CbsAnswer> {
    this.#puts += 1;
    const number = this.#puts;
    if (number === 1) {
      const receiver = this.client.open_receiver({ source: '$cbs', name: 'cbs-r' });
      receiver.on('message', ({ message }: EventContext) => {
        const { application_properties: told = {} } = message ?? {};
        this.#answers.push({
          status: told['status-code'] as number,
          description: told['status-description'] as string,
        });
      });
      this.#sender = this.client.open_sender({ target: '$cbs', name: 'cbs-s' });
      await once(this.#sender as unknown as EventEmitter, 'sendable');
    }
    this.#sender?.send({
      message_id: `put-${number}`,
      to: '$cbs',
      reply_to: 'cbs',
      application_properties: {
        operation: 'put-token',
        type: 'servicebus.windows.net:sastoken',
        name: 'any',
        ...properties,
      },
      body: token,
    });
    await eventually(() => this.#answers.length >= number);
    return this.#answers[number - 1] ?? { status: 0, description: '' };
  }

  /** One that may send. */
  async openSender(target: string): Promise<Sender> {
    const sender = this.client.open_sender({ target });
    // One whose refusal nobody hears makes rhea close the connection.
    sender.on('sender_error', () => undefined);
    await once(sender as unknown as EventEmitter, 'sendable');
    return sender;
  }

  #sender: Sender | undefined;
}
