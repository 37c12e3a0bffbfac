import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Delivery as AmqpDelivery, EventContext } from 'rhea';
import { openAmqp, type AmqpClient } from '../amqp-client.js';
import { tokenOf, type TestIdentity } from '../registry.js';
import type { Answer, CommandConnection, Delivery } from './command-connection.js';

/** By AMQP: a device completes, rejects, abandons, or says nothing. */
export class AmqpCommandConnection implements CommandConnection {
  readonly deliveries: Delivery[] = [];
  readonly ended: Promise<void>;
  endedMs = Number.POSITIVE_INFINITY;
  #answered: Promise<void> = Promise.resolve();

  private constructor(
    private readonly client: AmqpClient,
    private readonly token: string,
    private readonly answerTo: (id: string) => Answer,
  ) {
    this.ended = client.closed.then(() => {
      this.#ends();
    });
  }

  /** Connected and receiving; undefined when it was not let in. */
  static async open(
    identity: TestIdentity,
    answerTo: (id: string) => Answer,
  ): Promise<CommandConnection | undefined> {
    const client = await openAmqp().catch(() => undefined);
    if (client === undefined) {
      return undefined;
    }
    const connection = new AmqpCommandConnection(client, tokenOf(identity), answerTo);
    const begun = await Promise.race([
      connection.#begin(identity.deviceId),
      connection.ended.then(() => false),
    ]);
    if (!begun) {
      connection.drop();
    }
    // It may have taken commands before it ended.
    return connection;
  }

  get isOpen(): boolean {
    return this.endedMs === Number.POSITIVE_INFINITY;
  }

  /** A token that is put again is answered behind what came before it. */
  async confirm(): Promise<void> {
    await this.#answered;
    const answered = this.deliveries.filter(({ answer }) => answer !== undefined);
    const isRead = await Promise.race([this.#putToken(), this.ended.then(() => false)]);
    if (isRead) {
      for (const delivery of answered) {
        delivery.isConfirmed = true;
      }
    }
  }

  drop(): void {
    this.#ends();
    this.client.destroy();
  }

  async #begin(deviceId: string): Promise<boolean> {
    if (!(await this.#putToken())) {
      return false;
    }
    this.client.connection.on('message', ({ message, delivery, receiver }: EventContext) => {
      if (receiver?.source.address !== '$cbs' && delivery !== undefined && this.isOpen) {
        const body = (message?.body as { readonly content: Buffer }).content;
        this.#onCommand(body.toString(), delivery);
      }
    });
    const receiver = await this.client
      .openReceiver(`/devices/${deviceId}/messages/devicebound`)
      .catch(() => undefined);
    // The hub may end the device's links and leave the connection to others.
    receiver?.once('receiver_close', () => {
      this.drop();
    });
    return receiver !== undefined;
  }

  #putToken(): Promise<boolean> {
    return this.client.putToken(this.token).then(
      (status) => status === 200,
      () => false,
    );
  }

  #onCommand(id: string, amqpDelivery: AmqpDelivery): void {
    const delivery: Delivery = { id, connection: this, answer: undefined, isConfirmed: false };
    this.deliveries.push(delivery);
    // rhea tells of those that are settled in one turn as if all had the outcome of the first.
    this.#answered = this.#answered.then(async () => {
      if (this.isOpen) {
        delivery.answer = this.answerTo(id);
        settle(amqpDelivery, delivery.answer);
        await nextTurn();
      }
    });
  }

  #ends(): void {
    this.endedMs = Math.min(this.endedMs, performance.now());
  }
}

function settle(delivery: AmqpDelivery, answer: Answer): void {
  switch (answer) {
    case 'complete':
      delivery.accept();
      return;
    case 'reject':
      delivery.reject();
      return;
    case 'abandon':
      delivery.release();
      return;
    case undefined:
  }
}
