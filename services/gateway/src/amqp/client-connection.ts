import {
  AmqpConnection,
  amqpError,
  saslCodes,
  type AmqpError,
  type ConnectionHandlers,
  type IncomingLink,
  type Open,
  type OutgoingLink,
  type SaslInit,
  type SaslOutcome,
} from '@linchpin/amqp';
import { originOf } from '@linchpin/auth';
import type { Room } from '@linchpin/fairness';
import { HubError, parseAmqpAddress, type EndCause } from '@linchpin/wire';
import { accessLeftMs } from '../domain/device-session.js';
import type { Protocol } from '../events.js';
import { closeSoon } from '../sockets/client-socket.js';
import { UnreadBytes, unreadBytesMax } from '../sockets/unread-bytes.js';
import type { AcceptedClient, ListenedConnection } from '../sockets/listened-connections.js';
import type { Flushable } from '../sockets/write-batcher.js';
import type { AmqpServices } from './amqp-services.js';
import { CbsNode } from './cbs-node.js';
import { ConnectedDevices } from './connected-devices.js';
import { Credentials, type Presented } from './credentials.js';
import { LinkRefusal } from './link-refusal.js';
import { judgeSasl } from './sasl.js';
import { ServiceLinks } from './service-links.js';

type AmqpConnectionOptions = AcceptedClient & { readonly services: AmqpServices };

/** Of all devices of a client together, of what it is sent and does not read. */
const clientUnreadBytesMax = 16 * unreadBytesMax;

/** So much waits of what back ends want before no more is taken on for them: what the network takes at once. */
const unsentForServicesMax = 131_072;

/** A link of either direction, to be accepted or refused. */
export type ClientLink = IncomingLink | OutgoingLink;

/**
 * One client's connection: bytes to and from the engine, and where each link belongs. Of what a client has shown
 * (`credentials.ts`) each link takes what it needs; a fault of one device ends that device's links alone.
 */
export class ClientConnection implements ListenedConnection, ConnectionHandlers, Flushable {
  readonly #protocol: Protocol;
  readonly #engine: AmqpConnection;
  readonly #credentials: Credentials;
  readonly #cbs: CbsNode;
  readonly #devices: ConnectedDevices;
  readonly #serviceLinks: ServiceLinks;
  #host = '';
  /** Of the client's address, later of its hub. */
  #enterRoom: () => Room;
  #room: Room;
  #unread: UnreadBytes | undefined;
  #isProven = false;
  /** Since when no device is connected, and no back end has a link. */
  #aloneSinceMs: number;
  /** Of the token of SASL PLAIN, which covers the connection as a whole. */
  #expiresAtMs = Infinity;
  /** Links of back ends have been told that the client does not read. */
  #areServicesHeld = false;
  #isPaused = false;
  #isDraining = false;
  #isClosing = false;
  #isOver = false;
  /** The socket closed before the client did. */
  #isLost = false;
  #closed: () => void = () => undefined;
  readonly #whenClosed = new Promise<void>((resolve) => {
    this.#closed = resolve;
  });

  constructor(private readonly options: AmqpConnectionOptions) {
    const { socket, client, certificates, services } = options;
    this.#protocol = options.transport === 'ws' ? 'amqp-ws' : 'amqp';
    this.#aloneSinceMs = performance.now();
    const origin = originOf(client.address);
    this.#enterRoom = () => services.partialInput.unauthenticated.enter(origin);
    this.#room = this.#enterRoom();
    const credentials = new Credentials({ ...services, client, certificates });
    const reads = (): boolean => !socket.writableNeedDrain;
    this.#credentials = credentials;
    this.#serviceLinks = new ServiceLinks({
      ...{ services, client, credentials },
      reads: () => this.#readsForServices(),
    });
    this.#devices = new ConnectedDevices({
      ...{ services, client, credentials, reads, protocol: this.#protocol },
      onProven: (hub) => {
        this.#proven(hub);
      },
      isProven: () => this.#isProven,
      onSettled: () => {
        this.#resumeIfPossible();
      },
      onFault: (error) => {
        this.#engine.fail(error);
      },
    });
    this.#cbs = new CbsNode({
      enterRoom: () => this.#enterRoom(),
      put: async (token) => {
        const presented = await this.#credentials.present(token);
        await this.#devices.renew(presented);
        await this.#serviceLinks.renew(presented);
        this.#proven(presented.hub);
      },
      onFault: (error) => {
        this.#engine.fail(error);
      },
    });
    this.#engine = new AmqpConnection(services.settings, this.#transport(), this);
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    socket.on('drain', () => {
      this.#unread?.drained();
      this.#devices.drained();
      this.#serviceLinks.drained();
      this.#resumeIfPossible();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isLost = !this.#isOver;
      this.#engine.transportClosed();
    });
  }

  flush(): void {
    this.#engine.flush();
    if (this.#unread?.admit(0) === false) {
      this.#notReading();
    }
    this.#reserve();
    this.#resumeIfPossible();
    this.#askServicesAgain();
  }

  checkDeadlines(nowMs: number): void {
    // Who is not read may have sent something; who does not read is silent.
    const isRead = !this.#isPaused || this.options.socket.writableNeedDrain;
    this.#engine.tick(nowMs, isRead);
    this.#devices.checkDeadlines(nowMs);
    this.#serviceLinks.checkDeadlines(nowMs);
    if (!this.#devices.areNone || !this.#serviceLinks.areNone) {
      this.#aloneSinceMs = nowMs;
    }
    if (!this.#isClosing) {
      this.#checkAccess(nowMs);
    }
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#pauseIfNeeded();
    await Promise.all([this.#devices.drain(), this.#serviceLinks.drain()]);
    this.#close('The gateway stops. Please retry.');
    this.options.socket.resume();
    await this.#whenClosed;
  }

  onSaslInit(init: SaslInit): void {
    const { certificates } = this.options;
    judgeSasl(init, this.#credentials, certificates).then(
      (presented) => {
        if (presented !== undefined) {
          this.#proven(presented.hub);
          this.#keepAccess(presented);
        }
        this.#answerSasl({ code: saslCodes.ok, additionalData: Buffer.from('Welcome!') });
      },
      (error: unknown) => {
        this.#refused(error);
        const isUnreadable = error instanceof HubError && error.code === 'ArgumentInvalid';
        const code = isUnreadable ? saslCodes.sys : saslCodes.auth;
        this.#answerSasl({ code, additionalData: null });
      },
    );
  }

  onOpen({ hostname }: Open): void {
    this.#host = hostname ?? '';
  }

  onIncomingLink(link: IncomingLink): void {
    this.#place(link, link.attach.target?.address);
  }

  onOutgoingLink(link: OutgoingLink): void {
    this.#place(link, link.attach.source?.address);
  }

  onFault(error: unknown): void {
    this.options.services.events.connectionFailed(
      this.options.client.address,
      this.#protocol,
      error,
    );
  }

  /** The engine ends the socket behind its last frame. */
  onClosed(error: AmqpError | null): void {
    this.#isOver = true;
    this.#room.leave();
    this.#unread?.drained();
    this.#unread = undefined;
    const cause = this.#isLost ? 'connection-lost' : causeOf(error);
    void Promise.all([this.#devices.end(cause), this.#serviceLinks.end(cause)]).then(() => {
      this.#closed();
    });
    this.options.onEnded();
  }

  #transport() {
    const { socket, services } = this.options;
    return {
      write: (parts: readonly Buffer[]): void => {
        if (socket.writable) {
          socket.write(parts.length === 1 ? (parts[0] ?? '') : Buffer.concat(parts));
        }
      },
      end: (): void => {
        closeSoon(socket);
      },
      flushWanted: (): void => {
        services.writes.schedule(this);
      },
    };
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) {
      return;
    }
    this.#engine.push(chunk);
    this.#reserve();
    this.#pauseIfNeeded();
  }

  /** What has come and is not whole, and tokens that are held, take room. */
  #reserve(): void {
    const bytes = this.#engine.keptBytes + this.#credentials.keptBytes;
    if (!this.#room.resize(bytes) && !this.#isOver) {
      this.#engine.close(amqpError('amqp:resource-limit-exceeded', 'Too much is kept.'));
    }
  }

  /** A client of whom no device is connected, and who has no link of a back end, stays only for a while. */
  #checkAccess(nowMs: number): void {
    const { client, services } = this.options;
    const { provenMs, withoutLinksMs } = services.limits;
    const aloneMs = nowMs - this.#aloneSinceMs;
    if (nowMs >= this.#expiresAtMs) {
      this.#close('The token of the connection has expired.');
    } else if (!this.#isProven && aloneMs > provenMs) {
      services.events.turnedAway(client.address, 'no-credential');
      this.#engine.abort(amqpError(forced, 'No credential came in time.'));
    } else if (aloneMs > withoutLinksMs) {
      this.#close(`No device was connected and no link open for ${withoutLinksMs} ms.`);
    }
  }

  /** What came by SASL PLAIN cannot be renewed (amqp.md section 2.3). */
  #keepAccess({ expiresAt }: Presented): void {
    const leftMs = accessLeftMs({ expiresAt, type: 'sas' }, Date.now()) ?? Infinity;
    this.#expiresAtMs = performance.now() + leftMs;
  }

  #close(text: string): void {
    this.#isClosing = true;
    this.#engine.close(amqpError(forced, text));
  }

  #notReading(): void {
    void this.#devices.end('not-reading');
    void this.#serviceLinks.end('not-reading');
    this.#unread?.drained();
    this.#unread = undefined;
    this.options.socket.destroy();
  }

  /** Many links could else take on at once more than the client has shown to read. */
  #readsForServices(): boolean {
    const { waiting, outputBytes } = this.#engine;
    const reads =
      !this.options.socket.writableNeedDrain &&
      waiting.takenBytes + outputBytes < unsentForServicesMax;
    this.#areServicesHeld ||= !reads;
    return reads;
  }

  #askServicesAgain(): void {
    if (this.#areServicesHeld && this.#readsForServices()) {
      this.#areServicesHeld = false;
      this.#serviceLinks.drained();
    }
  }

  #answerSasl(outcome: SaslOutcome): void {
    this.#engine.answerSasl(outcome);
  }

  #proven(hub: string): void {
    if (this.#isProven || this.#isOver) {
      return;
    }
    this.#isProven = true;
    this.#room.leave();
    const { socket, services } = this.options;
    this.#enterRoom = () => services.partialInput.connected.enter(hub);
    this.#room = this.#enterRoom();
    this.#unread = new UnreadBytes({
      ...{ socket, hub, rooms: services.exchanges, bytesMax: clientUnreadBytesMax },
      waiting: () => this.#engine.outputBytes,
    });
    this.#reserve();
    this.options.onProven();
  }

  #place(link: ClientLink, text: string | null | undefined): void {
    const address = parseAmqpAddress(text ?? '');
    if (address === undefined) {
      this.#serviceLinks.refuse(link, 'none', nothingThere());
    } else if (address.kind === 'cbs') {
      this.#cbs.attach(link);
    } else if (address.kind === 'device') {
      this.#devices.attach(link, address, this.#host);
    } else {
      this.#serviceLinks.attach(link, address);
    }
  }

  #refused(error: unknown): void {
    const { services, client } = this.options;
    services.events.connectRefused({
      connectionId: '',
      remoteAddress: client.address,
      protocol: this.#protocol,
      claim: undefined,
      error,
    });
  }

  #pauseIfNeeded(): void {
    if (!this.#isPaused && this.#mustPause) {
      this.#isPaused = true;
      this.options.socket.pause();
    }
  }

  #resumeIfPossible(): void {
    if (this.#isPaused && !this.#mustPause) {
      this.#isPaused = false;
      this.options.socket.resume();
    }
  }

  /** Each reason ends with a message that is stored, or with a `drain` of the socket. */
  get #mustPause(): boolean {
    const { socket, services } = this.options;
    const { pending, isHeldBack } = this.#devices.backlog;
    return (
      this.#isDraining ||
      pending >= services.limits.pendingMessagesMax ||
      (pending > 0 && services.telemetryLog.isFull) ||
      isHeldBack ||
      socket.writableNeedDrain
    );
  }
}

const forced = 'amqp:connection:forced';

function nothingThere(): LinkRefusal {
  return new LinkRefusal(amqpError('amqp:not-found', 'There is nothing at the address.'));
}

/** Without an error the client has closed in good order. */
function causeOf(error: AmqpError | null): EndCause {
  return error === null ? 'client-disconnect' : 'protocol-violation';
}
