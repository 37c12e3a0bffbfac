import type { AmqpError } from '../performatives/error.js';
import type { Open } from '../performatives/open.js';
import { accepted, type Outcome } from '../performatives/outcomes.js';
import type { SaslInit } from '../performatives/sasl.js';
import { AmqpConnection } from './connection.js';
import type { ConnectionHandlers } from './connection-owner.js';
import { defaultLimits, type ConnectionSettings } from './connection-settings.js';
import type { IncomingDelivery, IncomingLink, IncomingLinkHandlers } from './incoming-link.js';
import type { OutgoingDelivery, OutgoingLink, OutgoingLinkHandlers } from './outgoing-link.js';

/** What a test's server does otherwise than to accept everything and to write down what it is told. */
export interface TestServerOptions {
  readonly settings?: Partial<ConnectionSettings>;
  readonly onSaslInit?: (init: SaslInit, connection: AmqpConnection) => void;
  readonly onIncomingLink?: ConnectionHandlers['onIncomingLink'];
  readonly onOutgoingLink?: ConnectionHandlers['onOutgoingLink'];
  readonly onDelivery?: IncomingLinkHandlers['onDelivery'];
  readonly onCredit?: OutgoingLinkHandlers['onCredit'];
  readonly onOutcome?: OutgoingLinkHandlers['onOutcome'];
}

/** The owner of one connection: accepts its links with a credit of 100, and settles what comes. */
export class TestServer implements ConnectionHandlers {
  readonly connection: AmqpConnection;
  readonly incoming: IncomingLink[] = [];
  readonly outgoing: OutgoingLink[] = [];
  readonly deliveries: IncomingDelivery[] = [];
  readonly outcomes: [OutgoingDelivery, Outcome | null][] = [];
  readonly detached: [string, AmqpError | null][] = [];
  readonly faults: unknown[] = [];
  readonly closed: (AmqpError | null)[] = [];
  opened: Open | undefined;

  constructor(
    write: (parts: readonly Buffer[]) => void,
    end: () => void,
    private readonly options: TestServerOptions = {},
  ) {
    const settings = {
      ...defaultLimits,
      containerId: 'server',
      hostname: 'localhost',
      saslMechanisms: ['EXTERNAL', 'MSSBCBS', 'ANONYMOUS', 'PLAIN'],
      ...options.settings,
    };
    const flushWanted = (): void => {
      process.nextTick(() => {
        this.connection.flush();
      });
    };
    this.connection = new AmqpConnection(settings, { write, end, flushWanted }, this);
  }

  onSaslInit(init: SaslInit): void {
    if (this.options.onSaslInit === undefined) {
      this.connection.answerSasl({ code: 0, additionalData: Buffer.from('Welcome!') });
    } else {
      this.options.onSaslInit(init, this.connection);
    }
  }

  onOpen(open: Open): void {
    this.opened = open;
  }

  onIncomingLink(link: IncomingLink): void {
    this.incoming.push(link);
    if (this.options.onIncomingLink === undefined) {
      link.accept(this.incomingHandlers, 100);
    } else {
      this.options.onIncomingLink(link);
    }
  }

  onOutgoingLink(link: OutgoingLink): void {
    this.outgoing.push(link);
    if (this.options.onOutgoingLink === undefined) {
      link.accept(this.outgoingHandlers);
    } else {
      this.options.onOutgoingLink(link);
    }
  }

  onFault(error: unknown): void {
    this.faults.push(error);
  }

  onClosed(error: AmqpError | null): void {
    this.closed.push(error);
  }

  readonly incomingHandlers: IncomingLinkHandlers = {
    onDelivery: (link, delivery) => {
      this.deliveries.push(delivery);
      if (this.options.onDelivery === undefined) {
        link.settle(delivery, accepted);
        link.grantCredit(link.credit < 50 ? 50 : 0);
      } else {
        this.options.onDelivery(link, delivery);
      }
    },
    onDetached: (link, error) => {
      this.detached.push([link.attach.name, error]);
    },
  };

  readonly outgoingHandlers: OutgoingLinkHandlers = {
    onCredit: (link) => {
      this.options.onCredit?.(link);
    },
    onOutcome: (delivery, outcome) => {
      this.outcomes.push([delivery, outcome]);
      this.options.onOutcome?.(delivery, outcome);
    },
    onDetached: (link, error) => {
      this.detached.push([link.attach.name, error]);
    },
  };
}
