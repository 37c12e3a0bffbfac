/** A server in the same process, for tests of what the load generator writes and reads by the byte. */
import {
  accepted,
  AmqpConnection,
  defaultLimits,
  type ConnectionHandlers,
  type IncomingDelivery,
  type IncomingLink,
  type OutgoingDelivery,
  type OutgoingLink,
  type Outcome,
} from '@linchpin/amqp';
import type { AmqpOpening } from './amqp-opening.js';

export class AmqpServer implements ConnectionHandlers {
  readonly deliveries: IncomingDelivery[] = [];
  readonly outcomes: [OutgoingDelivery, Outcome | null][] = [];
  incoming: IncomingLink | undefined;
  outgoing: OutgoingLink | undefined;
  readonly #written: Buffer[] = [];
  readonly #connection = new AmqpConnection(
    { ...defaultLimits, containerId: 's', hostname: 's', saslMechanisms: ['PLAIN'] },
    {
      write: (parts) => this.#written.push(...parts),
      end: () => undefined,
      flushWanted: () => undefined,
    },
    this,
  );

  /** Of a client that has opened its link. */
  static open({ sasl, link }: AmqpOpening): AmqpServer {
    const server = new AmqpServer();
    server.push(sasl);
    server.push(link);
    return server;
  }

  /** @returns what it is answered with */
  push(bytes: Buffer): Buffer {
    this.#connection.push(bytes);
    this.#connection.flush();
    return this.take();
  }

  /** @returns what has been written since the last time */
  take(): Buffer {
    this.#connection.flush();
    return Buffer.concat(this.#written.splice(0));
  }

  onSaslInit(): void {
    this.#connection.answerSasl({ code: 0, additionalData: null });
  }

  onOpen(): void {
    // Whoever it is.
  }

  onIncomingLink(link: IncomingLink): void {
    this.incoming = link;
    link.accept(
      {
        onDelivery: (_, delivery) => this.deliveries.push(delivery),
        onDetached: () => undefined,
      },
      1_000,
    );
  }

  onOutgoingLink(link: OutgoingLink): void {
    this.outgoing = link;
    link.accept({
      onCredit: () => undefined,
      onOutcome: (delivery, outcome) => this.outcomes.push([delivery, outcome]),
      onDetached: () => undefined,
    });
  }

  onClosed(): void {
    // The test sees what is written.
  }

  onFault(error: unknown): void {
    throw error;
  }

  settle(deliveries: readonly IncomingDelivery[], outcome: Outcome = accepted): void {
    for (const delivery of deliveries) {
      this.incoming?.settle(delivery, outcome);
    }
  }
}
