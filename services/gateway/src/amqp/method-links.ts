import { randomBytes } from 'node:crypto';
import {
  accepted,
  AmqpDecodeError,
  bytesOfBody,
  encodeMessage,
  ReceivedMessage,
  uuid,
  type AmqpValue,
  type IncomingDelivery,
  type IncomingLink,
  type OutgoingLink,
} from '@linchpin/amqp';
import { HubError } from '@linchpin/wire';
import {
  MethodCalls,
  type MethodRequest,
  type MethodResponse,
  type SentMethod,
} from '../domain/method-calls.js';
import { deviceLinkCredit } from './device-link-credit.js';

/** Direct methods of one device: requests go out by one link, responses come in by another (amqp.md section 6.3). */
export class MethodLinks {
  #requests: OutgoingLink | undefined;
  /** Those who wait for the device were told; who finds it without credit waits for the next time. */
  #isReady = false;
  readonly #calls = new MethodCalls((method) => {
    this.#send(method);
  });
  /** With the number of a request behind it, a correlation-id that nobody else has. */
  readonly #prefix = randomBytes(12);

  /** @param onReady the device takes methods from now on */
  constructor(private readonly onReady: () => void) {}

  attachRequests(link: OutgoingLink, onDetached: () => void): void {
    this.#requests = link;
    this.#isReady = false;
    const handlers = {
      onCredit: () => {
        if (link.credit > 0 && !this.#isReady) {
          this.#isReady = true;
          this.onReady();
        }
        link.finishDrain();
      },
      onOutcome: () => undefined,
      onDetached: () => {
        this.#requests = this.#requests === link ? undefined : this.#requests;
        onDetached();
      },
    };
    link.accept(handlers, { senderSettleMode: 1, receiverSettleMode: 0 });
  }

  attachResponses(link: IncomingLink, onDetached: () => void): void {
    const onDelivery = (_: IncomingLink, delivery: IncomingDelivery): void => {
      this.#receive(delivery.payload);
      link.settle(delivery, accepted);
      link.grantCredit(1);
    };
    link.accept({ onDelivery, onDetached }, deviceLinkCredit, {
      senderSettleMode: 1,
      receiverSettleMode: 0,
    });
  }

  /** @throws HubError as `MethodCalls.call`; `DeviceNotOnline` while the device takes no methods */
  async call(request: MethodRequest, signal: AbortSignal): Promise<MethodResponse> {
    return this.#calls.call(request, signal);
  }

  end(): void {
    this.#calls.end();
  }

  #send({ name, requestId, payload }: SentMethod): void {
    if (this.#requests === undefined || this.#requests.credit === 0) {
      this.#isReady = false;
      throw new HubError('DeviceNotOnline', 'The device does not take methods now.');
    }
    const id = this.#correlationId(requestId);
    const message = encodeMessage({
      properties: { correlationId: uuid(id) },
      applicationProperties: new Map<string, AmqpValue>([['IoThub-methodname', name]]),
      body: { type: 'data', sections: [payload] },
    });
    this.#requests.send({ tag: id, payload: message, settled: true });
  }

  /** One that cannot be read, or that nobody waits for, is dropped. */
  #receive(payload: Buffer): void {
    try {
      const message = new ReceivedMessage(payload);
      const requestId = this.#requestIdOf(message.properties?.correlationId ?? null);
      const status = integerOf(message.applicationProperties?.get('IoThub-status') ?? null);
      if (requestId !== undefined && status !== undefined) {
        this.#calls.respond(requestId, status, bytesOfBody(message.body));
      }
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) {
        throw error;
      }
    }
  }

  #correlationId(requestId: string): Buffer {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(Number.parseInt(requestId, 36) >>> 0);
    return Buffer.concat([this.#prefix, number]);
  }

  /** Some SDKs give a uuid back as they read it, as text or as bytes. */
  #requestIdOf(correlationId: AmqpValue): string | undefined {
    const bytes = uuidBytes(correlationId);
    return bytes?.length === 16 && bytes.subarray(0, 12).equals(this.#prefix)
      ? bytes.readUInt32BE(12).toString(36)
      : undefined;
  }
}

function uuidBytes(value: AmqpValue): Buffer | undefined {
  if (typeof value === 'string') {
    return Buffer.from(value.replaceAll('-', ''), 'hex');
  }
  const isBytes = typeof value === 'object' && (value?.type === 'uuid' || value?.type === 'binary');
  return isBytes ? value.value : undefined;
}

/** Of any type that has none but integers: those that write JavaScript's numbers choose one. */
function integerOf(value: AmqpValue): number | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  switch (value.type) {
    case 'ubyte':
    case 'ushort':
    case 'uint':
    case 'byte':
    case 'short':
    case 'int':
    case 'ulong':
    case 'long':
      return Number(value.value);
    default:
      return undefined;
  }
}
