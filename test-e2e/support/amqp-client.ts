/** A hand-made AMQP client of the hub under test, for what SDKs do not do. */
import { once, type EventEmitter } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { createSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import rhea, {
  type Connection,
  type EventContext,
  type Message,
  type Receiver,
  type Sender,
} from 'rhea';
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';

export interface PolicyToken {
  readonly access: ServiceAccess;
  readonly expiresAt?: Date;
}

export function policyToken({ access, expiresAt = inAnHour() }: PolicyToken): string {
  const { host, owner } = access;
  return createSasToken({ audience: host, key: owner.key, policy: owner.name, expiresAt });
}

/** @param options `username` and `password` for SASL PLAIN; without them tokens are put @throws Error when it is refused */
export async function openAmqp(options: object = {}): Promise<AmqpClient> {
  const socket = connect({ host: hub.host, port: 5671, ca: hub.authority, servername: '' });
  // rhea itself tells nothing of a socket that this end has destroyed.
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  const client = rhea.create_container().connect({
    hostname: hub.host,
    reconnect: false,
    connection_details: () => ({
      host: hub.host,
      port: 5671,
      connect: (_port: number, _host: string, _options: object, opened: () => void) =>
        socket.once('secureConnect', opened),
    }),
    ...options,
  } as never);
  client.on('error', () => undefined);
  client.on('disconnected', () => undefined);
  const emitter = client as unknown as EventEmitter;
  const failed = Promise.race([
    once(emitter, 'connection_error').then(() => {
      throw new Error((client.error as { condition?: string } | undefined)?.condition);
    }),
    closed.then(() => {
      throw new Error('the connection ended');
    }),
  ]);
  failed.catch(() => undefined);
  await Promise.race([once(emitter, 'connection_open'), failed]);
  return new AmqpClient(client, socket, closed);
}

export class AmqpClient {
  #cbs: { readonly sender: Sender; readonly statuses: number[] } | undefined;

  constructor(
    readonly connection: Connection,
    private readonly socket: TLSSocket,
    /** Resolves when the connection is no more, whoever ended it. */
    readonly closed: Promise<void>,
  ) {}

  /** @returns the status that it was answered with */
  async putToken(token: string): Promise<number> {
    const { sender, statuses } = (this.#cbs ??= await this.#openCbs());
    const count = statuses.length;
    sender.send({
      message_id: String(count),
      application_properties: {
        operation: 'put-token',
        type: 'servicebus.windows.net:sastoken',
        name: hub.host,
      },
      body: token,
    });
    await eventually(() => statuses.length > count);
    return statuses[count] ?? 0;
  }

  /** @throws its condition when it is refused */
  async openSender(target: string): Promise<Sender> {
    const sender = this.connection.open_sender({ target });
    await opened(sender, 'sendable', 'sender_error');
    return sender;
  }

  /** @throws its condition when it is refused */
  async openReceiver(source: string, options: object = {}): Promise<Receiver> {
    const receiver = this.connection.open_receiver({ source, autoaccept: false, ...options });
    await opened(receiver, 'receiver_open', 'receiver_error');
    return receiver;
  }

  close(): void {
    this.connection.close();
  }

  /** Without a word. */
  destroy(): void {
    this.socket.destroy();
  }

  async #openCbs(): Promise<{ readonly sender: Sender; readonly statuses: number[] }> {
    const statuses: number[] = [];
    const receiver = this.connection.open_receiver({ source: '$cbs', name: 'cbs-in' });
    receiver.on('message', ({ message }: EventContext) => {
      statuses.push(message?.application_properties?.['status-code'] as number);
    });
    const sender = this.connection.open_sender({ target: '$cbs', name: 'cbs-out' });
    await once(sender as unknown as EventEmitter, 'sendable');
    return { sender, statuses };
  }
}

/** What a link ended with. */
export function conditionOf({ error }: Receiver | Sender): string | undefined {
  return (error as { condition: string } | undefined)?.condition;
}

/** `accepted`, or with which condition it was rejected. */
export async function sendAmqp(sender: Sender, message: Message): Promise<string> {
  const emitter = sender as unknown as EventEmitter;
  const outcome = Promise.race([
    once(emitter, 'accepted').then(() => 'accepted'),
    once(emitter, 'rejected').then(([context]) => {
      const { delivery } = context as EventContext;
      const state = delivery?.remote_state as { error: { condition: string } } | undefined;
      return state?.error.condition ?? 'no condition';
    }),
  ]);
  sender.send(message);
  return outcome;
}

/** A refused attach is an attach as well, and a detach behind it. */
async function opened(link: Receiver | Sender, event: string, failure: string): Promise<void> {
  const emitter = link as unknown as EventEmitter;
  const refused = once(emitter, failure);
  await Promise.race([once(emitter, event), refused]);
  await new Promise(setImmediate);
  if (link.error !== undefined) {
    throw new Error(conditionOf(link));
  }
}

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}
