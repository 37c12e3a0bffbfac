import {
  accepted,
  amqpError,
  encodeMessage,
  IncomingLink,
  int,
  ReceivedMessage,
  textOf,
  type AmqpValue,
  type IncomingDelivery,
  type Outcome,
  type OutgoingLink,
  type UnsettledDelivery,
} from '@linchpin/amqp';
import type { Room } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';
import { isForeseen } from './amqp-fault.js';
import type { ClientLink } from './client-connection.js';
import { DeliveryTags } from './delivery-tags.js';
import { requestMessageId } from './request-message-id.js';

/** Of puts that are not answered; whoever has sent them waits for the answers. */
const credit = 100;
/** Of one connection, for puts. One is enough for a client. */
const putLinksMax = 4;
/** Of which a token has some hundred, and one of an identity provider some thousand. */
const putBytesMax = 16_384;
/** Beside its own bytes: the question whether it counts, and its answer. */
const putOverheadBytes = 2_048;

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
  /** For a put, until it is judged: it outlives its connection. */
  readonly enterRoom: () => Room;
  /** Takes a token. @throws HubError why it does not count */
  readonly put: (token: string) => Promise<void>;
  /** An answer could not be given. */
  readonly onFault: (error: unknown) => void;
}

/** `$cbs`: where a client puts its tokens, any number of them for one connection (amqp.md section 5). */
export class CbsNode {
  readonly #tags = new DeliveryTags();
  /** The newest: one pair is enough for a connection. */
  #answers: OutgoingLink | undefined;
  #putLinks = 0;

  constructor(private readonly parts: CbsNodeParts) {}

  attach(link: ClientLink): void {
    if (link instanceof IncomingLink) {
      this.#attachPuts(link);
    } else {
      this.#attachAnswers(link);
    }
  }

  #attachPuts(link: IncomingLink): void {
    if (this.#putLinks >= putLinksMax) {
      const text = `A connection has ${putLinksMax} links for tokens at most.`;
      link.detach(amqpError('amqp:resource-limit-exceeded', text));
      return;
    }
    this.#putLinks += 1;
    const handlers = {
      onDelivery: (from: IncomingLink, { id, settled, payload }: IncomingDelivery) => {
        this.#answer(from, { id, settled }, this.#put(payload)).catch(this.parts.onFault);
      },
      onDetached: () => {
        this.#putLinks -= 1;
      },
    };
    const maxMessageSize = putBytesMax;
    link.accept(handlers, credit, { senderSettleMode: 0, receiverSettleMode: 0, maxMessageSize });
  }

  #attachAnswers(link: OutgoingLink): void {
    this.#answers = link;
    link.accept(
      {
        onCredit: () => {
          // Answers wait for nothing but their requests.
          link.finishDrain();
        },
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

  /**
   * The payload is read at once: while the token is judged, nothing else of it is kept.
   *
   * @returns undefined when too much waits
   */
  #put(payload: Buffer): Promise<Answer | undefined> {
    const bytes = payload.length + putOverheadBytes;
    return this.parts.enterRoom().during(bytes, () => this.#judge(payload));
  }

  #judge(payload: Buffer): Promise<Answer> {
    let correlationId: AmqpValue = null;
    try {
      const message = new ReceivedMessage(payload);
      correlationId = requestMessageId(message);
      return answerTo(this.parts.put(tokenOf(message)), correlationId);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      return answerTo(Promise.reject(reason), correlationId);
    }
  }

  /** The put is settled before its answer leaves: C's SDK takes an answer that comes first for a failure. */
  async #answer(
    link: IncomingLink,
    due: UnsettledDelivery,
    judging: Promise<Answer | undefined>,
  ): Promise<void> {
    const answer = await judging;
    link.settle(due, answer === undefined ? tooMuchWaits : accepted);
    link.grantCredit(1);
    if (answer !== undefined) {
      this.#answers?.send({ tag: this.#tags.next(), payload: encodeAnswer(answer) });
    }
  }
}

const tooMuchWaits: Outcome = {
  type: 'rejected',
  error: amqpError('amqp:resource-limit-exceeded', 'Too many tokens wait; try again.'),
};

/** @throws Error when it was not judged */
async function answerTo(judged: Promise<void>, correlationId: AmqpValue): Promise<Answer> {
  try {
    await judged;
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
