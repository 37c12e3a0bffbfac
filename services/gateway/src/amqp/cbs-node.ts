import {
  accepted,
  encodeMessage,
  IncomingLink,
  int,
  ReceivedMessage,
  textOf,
  type AmqpValue,
  type IncomingDelivery,
  type OutgoingLink,
} from '@linchpin/amqp';
import { HubError } from '@linchpin/wire';
import { isForeseen } from './amqp-fault.js';
import type { ClientLink } from './client-connection.js';

/** Of puts that are not answered; whoever has sent them waits for the answers. */
const credit = 100;
/** Of which a token has some hundred, and one of an identity provider some thousand. */
const putBytesMax = 16_384;

/** Both are a shared access signature, whatever SDK puts it (amqp.md section 5.1). */
const tokenTypes: readonly string[] = [
  'servicebus.windows.net:sastoken',
  'azure-devices.net:sastoken',
];

interface Answer {
  readonly correlationId: AmqpValue;
  readonly status: number;
  readonly description: string;
}

interface CbsNodeParts {
  /** Takes a token. @throws HubError why it does not count */
  readonly put: (token: string) => Promise<void>;
  /** An answer could not be given. */
  readonly onFault: (error: unknown) => void;
}

/** `$cbs`: where a client puts its tokens, any number of them for one connection (amqp.md section 5). */
export class CbsNode {
  /** The newest: one pair is enough for a connection. */
  #answers: OutgoingLink | undefined;
  #lastTag = 0;

  constructor(private readonly parts: CbsNodeParts) {}

  attach(link: ClientLink): void {
    if (link instanceof IncomingLink) {
      const handlers = {
        onDelivery: (from: IncomingLink, delivery: IncomingDelivery) => {
          this.#receive(from, delivery).catch(this.parts.onFault);
        },
        onDetached: () => undefined,
      };
      const maxMessageSize = putBytesMax;
      link.accept(handlers, credit, { senderSettleMode: 0, receiverSettleMode: 0, maxMessageSize });
      return;
    }
    this.#answers = link;
    link.accept(
      {
        onCredit: () => undefined,
        onOutcome: (delivery, outcome) => {
          link.settle(delivery, outcome ?? accepted);
        },
        onDetached: () => {
          this.#answers = this.#answers === link ? undefined : this.#answers;
        },
      },
      { senderSettleMode: 0, receiverSettleMode: 0 },
    );
  }

  /** The put is settled before its answer leaves: C's SDK takes an answer that comes first for a failure. */
  async #receive(link: IncomingLink, delivery: IncomingDelivery): Promise<void> {
    const answer = await this.#answer(delivery.payload);
    link.settle(delivery, accepted);
    link.grantCredit(1);
    this.#answers?.send({ tag: this.#nextTag(), payload: encodeAnswer(answer) });
  }

  async #answer(payload: Buffer): Promise<Answer> {
    let correlationId: AmqpValue = null;
    try {
      const message = new ReceivedMessage(payload);
      correlationId = message.properties?.messageId ?? null;
      await this.parts.put(tokenOf(message));
      return { correlationId, status: 200, description: 'OK' };
    } catch (error) {
      if (!isForeseen(error)) {
        throw error;
      }
      const isTheirs = error instanceof HubError;
      const status = isTheirs ? error.httpStatus : 400;
      const description = isTheirs ? error.message : 'The message cannot be read.';
      return { correlationId, status, description };
    }
  }

  /** As Azure has them: four bytes, the lowest first. */
  #nextTag(): Buffer {
    const tag = Buffer.alloc(4);
    tag.writeUInt32LE(this.#lastTag);
    this.#lastTag = (this.#lastTag + 1) >>> 0;
    return tag;
  }
}

/** @throws HubError ArgumentInvalid for what is no put of a token that is known here */
function tokenOf(message: ReceivedMessage): string {
  const properties = message.applicationProperties;
  const operation = textOf(properties?.get('operation') ?? null);
  const type = textOf(properties?.get('type') ?? null);
  const { body } = message;
  const token = body.type === 'value' ? textOf(body.value) : null;
  if (operation !== 'put-token') {
    throw new HubError('ArgumentInvalid', 'The operation is put-token.');
  }
  if (type?.toLowerCase() === 'jwt' || type?.toLowerCase() === 'bearer') {
    throw new HubError('IotHubUnauthorized', 'Tokens of an identity provider do not count here.');
  }
  if (type === null || !tokenTypes.includes(type.toLowerCase())) {
    throw new HubError('ArgumentInvalid', `The type is one of ${tokenTypes.join(', ')}.`);
  }
  if (token === null || token === '') {
    throw new HubError('ArgumentInvalid', 'The body is the token, as a value of the type string.');
  }
  return token;
}

function encodeAnswer({ correlationId, status, description }: Answer): Buffer {
  return encodeMessage({
    properties: { correlationId },
    applicationProperties: new Map<string, AmqpValue>([
      ['status-code', int(status)],
      ['status-description', description],
    ]),
  });
}
