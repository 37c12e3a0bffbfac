import { randomBytes } from 'node:crypto';
import {
  accepted,
  bytesOfBody,
  encodeMessage,
  int,
  long,
  ReceivedMessage,
  textOf,
  type AmqpValue,
  type IncomingDelivery,
  type IncomingLink,
  type OutgoingLink,
  type Outcome,
} from '@linchpin/amqp';
import { errorReport, HubError } from '@linchpin/wire';
import { DesiredChanges, type DesiredChange } from '../domain/desired-changes.js';
import type { OpenedSession } from '../domain/open-session.js';
import { TwinRequests, type TwinAnswer } from '../domain/twin-requests.js';
import { isForeseen, rejectedFor } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import { deviceLinkCredit } from './device-link-credit.js';

interface TwinLinksParts {
  readonly opened: OpenedSession;
  readonly services: AmqpServices;
}

const desired = '/notifications/twin/properties/desired';
const reported = '/properties/reported';

/** The twin of one device: requests come in by one link, answers and changes go out by another (amqp.md section 6.4). */
export class TwinLinks {
  #answers: OutgoingLink | undefined;
  #isSubscribed = false;
  readonly #requests: TwinRequests;
  readonly #changes: DesiredChanges;
  /** Of requests that are not answered, by the ids under which they are carried out. */
  readonly #correlationIds = new Map<string, AmqpValue>();
  #lastId = 0;

  constructor(private readonly parts: TwinLinksParts) {
    const { opened, services } = parts;
    this.#requests = new TwinRequests({
      session: opened.session,
      twins: services.twins,
      limiter: opened.limiter,
      rooms: services.exchanges,
      onAnswer: (answer) => {
        this.#answer(answer);
      },
      now: () => performance.now(),
    });
    this.#changes = new DesiredChanges({
      connectedAt: new Date(),
      readAnswered: () => this.#requests.readAnswered(),
      isSubscribed: () => this.#isSubscribed,
      send: (change) => {
        this.#sendChange(change);
      },
    });
  }

  attachAnswers(link: OutgoingLink, onDetached: () => void): void {
    this.#answers = link;
    const handlers = {
      onCredit: () => {
        // Answers wait for nothing but their requests.
        link.finishDrain();
      },
      onOutcome: () => undefined,
      onDetached: () => {
        if (this.#answers === link) {
          this.#answers = undefined;
          this.#isSubscribed = false;
        }
        onDetached();
      },
    };
    link.accept(handlers, { senderSettleMode: 1, receiverSettleMode: 0 });
  }

  attachRequests(link: IncomingLink, onDetached: () => void): void {
    const onDelivery = (_: IncomingLink, delivery: IncomingDelivery): void => {
      link.settle(delivery, this.#receive(delivery.payload));
      link.grantCredit(1);
    };
    link.accept({ onDelivery, onDetached }, deviceLinkCredit, {
      senderSettleMode: 1,
      receiverSettleMode: 0,
    });
  }

  tellDesired(changes: readonly DesiredChange[]): Promise<void> {
    return this.#changes.tell(changes);
  }

  /** Resolves when all that was asked is carried out. */
  idle(): Promise<void> {
    return this.#requests.idle();
  }

  end(): void {
    this.#isSubscribed = false;
    this.#requests.end();
  }

  /** A request is accepted when it can be read; what comes of it has its own answer. */
  #receive(payload: Buffer): Outcome {
    try {
      this.#carryOut(new ReceivedMessage(payload));
      return accepted;
    } catch (error) {
      if (!isForeseen(error)) {
        throw error;
      }
      return rejectedFor(error);
    }
  }

  /** @throws AmqpDecodeError, HubError */
  #carryOut(message: ReceivedMessage): void {
    const annotations = message.messageAnnotations;
    const operation = textOf(annotations?.get('operation') ?? null)?.toUpperCase();
    const resource = textOf(annotations?.get('resource') ?? null) ?? '';
    const correlationId = message.properties?.correlationId ?? null;
    if (operation === 'GET') {
      this.#requests.ask({ kind: 'twin-get', requestId: this.#remember(correlationId) }, none);
    } else if (operation === 'PATCH' && resource.toLowerCase() === reported) {
      const ifVersion = versionOf(annotations?.get('version') ?? null);
      const patch = Buffer.from(bytesOfBody(message.body));
      const requestId = this.#remember(correlationId);
      this.#requests.ask({ kind: 'reported-patch', requestId, ifVersion }, patch);
    } else if (
      (operation === 'PUT' || operation === 'DELETE') &&
      resource.toLowerCase() === desired
    ) {
      this.#isSubscribed = operation === 'PUT';
      this.#send(correlationId, { status: 200 });
    } else {
      throw new HubError('ArgumentInvalid', 'The operation is none of those of twins.');
    }
  }

  #remember(correlationId: AmqpValue): string {
    this.#lastId += 1;
    const requestId = String(this.#lastId);
    this.#correlationIds.set(requestId, correlationId);
    return requestId;
  }

  #answer(answer: TwinAnswer): void {
    const correlationId = this.#correlationIds.get(answer.requestId) ?? null;
    this.#correlationIds.delete(answer.requestId);
    this.parts.services.events.twinAnswered(this.parts.opened.session, answer);
    switch (answer.kind) {
      case 'properties':
        this.#send(correlationId, { status: 200, json: answer.json });
        break;
      case 'patched':
        this.#send(correlationId, { status: 200, version: answer.version });
        break;
      case 'failed':
        this.#send(correlationId, failureOf(answer.error));
        break;
    }
  }

  #send(
    correlationId: AmqpValue,
    {
      status,
      version,
      json,
    }: { readonly status: number; readonly version?: bigint; readonly json?: string },
  ): void {
    const payload = encodeMessage({
      messageAnnotations: new Map<string, AmqpValue>([
        ['status', int(status)],
        ...(version === undefined ? [] : [['version', long(version)] as const]),
      ]),
      properties: { correlationId },
      ...(json !== undefined && { body: { type: 'data', sections: [Buffer.from(json)] } }),
    });
    this.#answers?.send({ tag: tag(), payload, settled: true });
  }

  #sendChange({ version, json }: DesiredChange): void {
    const payload = encodeMessage({
      messageAnnotations: new Map<string, AmqpValue>([
        ['resource', '/properties/desired'],
        ['version', long(version)],
      ]),
      properties: {},
      body: { type: 'data', sections: [Buffer.from(json)] },
    });
    this.#answers?.send({ tag: tag(), payload, settled: true });
  }
}

const none: Buffer = Buffer.alloc(0);

/** 16 bytes, as some SDK reads every tag. */
function tag(): Buffer {
  return randomBytes(16);
}

/** @throws HubError ArgumentInvalid for what is no version */
function versionOf(value: AmqpValue): bigint | undefined {
  if (value === null) {
    return undefined;
  }
  if (typeof value === 'object' && (value.type === 'int' || value.type === 'long')) {
    return BigInt(value.value);
  }
  throw new HubError('ArgumentInvalid', 'The version is an int or a long.');
}

/** Node's SDK parses whatever body comes. */
function failureOf(error: unknown): { readonly status: number; readonly json: string } {
  const told = error instanceof HubError ? error : new HubError('ServerError', 'Internal error.');
  const report = errorReport(told, { id: randomBytes(16).toString('hex'), time: new Date() });
  return { status: told.httpStatus, json: JSON.stringify(report) };
}
