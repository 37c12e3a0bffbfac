import assert from 'node:assert';
import { Metadata, status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import type { AnswerFrame, CallFrame, CarryRequest, CarryResponse } from '@linchpin/contracts';
import { InFlight } from '../in-flight/in-flight.js';
import { FrameGatherer } from './frame-gatherer.js';
import { fromMetadataEntries, toMetadataEntries } from './frame-metadata.js';
import type { Cancellable } from './unary-rpc.js';

/** On their way on one stream (call_stream.proto). */
export const streamCallsMax = 1_000;

interface OutgoingCall {
  readonly path: string;
  readonly request: Buffer;
  readonly metadata: Metadata;
  /** As of `Date.now()`. */
  readonly deadlineMs: number;
}

/** Of `setTimeout`, as long as nobody waits. */
export const timerMsMax = 2 ** 31 - 1;

type CallOutcome = { readonly response: Buffer } | { readonly error: ServiceError };

/** Comes once, and never before `send` has returned. */
type Settle = (outcome: CallOutcome) => void;

interface WaitingCall {
  readonly settle: Settle;
  readonly timer: NodeJS.Timeout;
}

/** The caller's end of a stream that carries rpcs (call_stream.proto). */
export class CallStream {
  readonly #waiting = new InFlight<WaitingCall>();
  readonly #gatherer: FrameGatherer<CallFrame>;
  #lastId = 0;
  #hasServer = false;
  #isRetired = false;
  #endCode: status | undefined;

  constructor(private readonly stream: ClientDuplexStream<CarryRequest, CarryResponse>) {
    this.#gatherer = new FrameGatherer((frames, written) => {
      stream.write({ frames }, written);
    });
    stream.on('metadata', () => {
      this.#hasServer = true;
    });
    stream.on('data', this.#read);
    stream.on('status', ({ code }) => {
      this.#ended(code);
    });
    stream.on('error', () => {
      // Its status says so.
    });
  }

  /** The server is there to take calls. */
  get isStanding(): boolean {
    return this.#hasServer && !this.isOver;
  }

  /** It stands, the server takes those that it has been sent, and has not so many already. */
  get takesCalls(): boolean {
    const hasRoom = this.#waiting.size < streamCallsMax && !this.#gatherer.isFull;
    return this.isStanding && hasRoom;
  }

  /** With which status it ended; undefined while it stands, or is about to. */
  get endCode(): status | undefined {
    return this.#endCode;
  }

  /** Takes no calls any more, and never will again. */
  get isOver(): boolean {
    return this.#isRetired || this.#endCode !== undefined;
  }

  send({ path, request, metadata, deadlineMs }: OutgoingCall, settle: Settle): Cancellable {
    assert(this.takesCalls, 'the stream takes calls');
    this.#lastId += 1;
    const id = this.#lastId;
    const timeoutMs = Math.min(Math.max(0, Math.ceil(deadlineMs - Date.now())), timerMsMax);
    const timer = setTimeout(() => {
      this.#takeBack(id, status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    }, timeoutMs);
    this.#waiting.set(id, { settle, timer });
    if (timeoutMs > 0) {
      const call = { path, request, metadata: toMetadataEntries(metadata), timeoutMs };
      this.#gatherer.add({ id, call }, request.length);
    }
    return {
      cancel: () => {
        this.#takeBack(id, status.CANCELLED, 'Cancelled on client');
      },
    };
  }

  /** It ends after the calls that are on their way. */
  retire(): void {
    this.#isRetired = true;
    this.#endWhenIdle();
  }

  readonly #read = ({ frames, draining }: CarryResponse): void => {
    for (const { id, outcome } of frames) {
      // What was taken back meanwhile waits for nothing.
      this.#take(id)?.(toOutcome(outcome));
    }
    if (draining) {
      this.retire();
    }
  };

  #takeBack(id: number, code: status, details: string): void {
    if (this.#waiting.has(id)) {
      const isUnsent = this.#gatherer.takeBack(id);
      if (!isUnsent) {
        this.#gatherer.add({ id }, 0);
      }
      this.#take(id)?.({ error: toServiceError(code, details) });
    }
  }

  #take(id: number): Settle | undefined {
    const call = this.#waiting.take(id);
    if (call === undefined) {
      return undefined;
    }
    clearTimeout(call.timer);
    this.#endWhenIdle();
    return call.settle;
  }

  #endWhenIdle(): void {
    if (this.#isRetired && this.#waiting.size === 0 && this.#endCode === undefined) {
      this.#gatherer.flush();
      this.stream.end();
    }
  }

  #ended(code: status): void {
    this.#endCode = code;
    this.#gatherer.clear();
    for (const id of this.#waiting.ids()) {
      const error = toServiceError(status.UNAVAILABLE, 'The stream of the call ended');
      this.#take(id)?.({ error });
    }
  }
}

/** What cannot be understood fails as with grpc-js: INTERNAL. */
function toOutcome(outcome: AnswerFrame['outcome']): CallOutcome {
  switch (outcome?.$case) {
    case 'response':
      return { response: outcome.value };
    case 'failure': {
      const { code, details, metadata } = outcome.value;
      try {
        return { error: toServiceError(toStatus(code), details, fromMetadataEntries(metadata)) };
      } catch (error) {
        return { error: toServiceError(status.INTERNAL, `Unreadable metadata: ${String(error)}`) };
      }
    }
    case undefined:
      return { error: toServiceError(status.INTERNAL, 'An answer without an outcome') };
  }
}

const codes = Object.values(status).filter((value) => typeof value === 'number');

function toStatus(code: number): status {
  return codes.find((known: number) => known === code) ?? status.UNKNOWN;
}

export function toServiceError(
  code: status,
  details: string,
  metadata = new Metadata(),
): ServiceError {
  return Object.assign(new Error(`${code} ${status[code]}: ${details}`), {
    code,
    details,
    metadata,
  });
}
