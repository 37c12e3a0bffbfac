import { Metadata, status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import type { AnswerFrame, CallFrame, CarryRequest, CarryResponse } from '@linchpin/contracts';
import { FrameGatherer } from './frame-gatherer.js';
import { fromMetadataEntries, toMetadataEntries } from './frame-metadata.js';
import type { Cancellable } from './unary-rpc.js';

/** On one stream; each holds a request and its answer in memory. */
const callsMax = 1_000;

export interface CarriedCall {
  readonly path: string;
  readonly request: Buffer;
  readonly metadata: Metadata;
  /** As of `Date.now()`. */
  readonly deadlineMs: number;
}

type CallOutcome = { readonly response: Buffer } | { readonly error: ServiceError };

/** Comes once, and never before `send` has returned. */
type Settle = (outcome: CallOutcome) => void;

interface WaitingCall {
  readonly settle: Settle;
  readonly timer: NodeJS.Timeout;
}

/** The caller's end of a stream that carries rpcs (call_stream.proto). */
export class CallStream {
  readonly #waiting = new Map<number, WaitingCall>();
  readonly #gatherer: FrameGatherer<CallFrame>;
  #lastId = 0;
  #isStanding = false;
  #isRetired = false;
  #endCode: status | undefined;

  constructor(private readonly stream: ClientDuplexStream<CarryRequest, CarryResponse>) {
    this.#gatherer = new FrameGatherer((frames) => stream.write({ frames }));
    stream.on('metadata', () => {
      this.#isStanding = true;
    });
    stream.on('data', this.#read);
    stream.on('drain', () => {
      this.#gatherer.drained();
    });
    stream.on('status', ({ code }) => {
      this.#ended(code);
    });
    stream.on('error', () => {
      // Its status says so.
    });
  }

  /** The server is there to take a call, and so many are not on their way already. */
  get takesCalls(): boolean {
    return this.#isStanding && !this.isOver && this.#waiting.size < callsMax;
  }

  /** With which status it ended; undefined while it stands, or is about to. */
  get endCode(): status | undefined {
    return this.#endCode;
  }

  /** Takes no calls any more, and never will again. */
  get isOver(): boolean {
    return this.#isRetired || this.#endCode !== undefined;
  }

  /** Only while it `takesCalls`. */
  send({ path, request, metadata, deadlineMs }: CarriedCall, settle: Settle): Cancellable {
    this.#lastId += 1;
    const id = this.#lastId;
    const timer = setTimeout(() => {
      this.#takeBack(id, status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    }, deadlineMs - Date.now());
    this.#waiting.set(id, { settle, timer });
    const call = { path, request, metadata: toMetadataEntries(metadata) };
    this.#gatherer.add({ id, call }, request.length);
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
    for (const frame of frames) {
      this.#settleBy(frame);
    }
    if (draining) {
      this.retire();
    }
  };

  #settleBy({ id, outcome }: AnswerFrame): void {
    // What was taken back meanwhile waits for nothing.
    const settle = this.#take(id);
    if (outcome?.$case === 'response') {
      settle?.({ response: outcome.value });
    } else if (outcome?.$case === 'failure') {
      const { code, details, metadata } = outcome.value;
      settle?.({ error: toServiceError(toStatus(code), details, fromMetadataEntries(metadata)) });
    }
  }

  #takeBack(id: number, code: status, details: string): void {
    if (this.#waiting.has(id)) {
      this.#gatherer.add({ id }, 0);
      this.#take(id)?.({ error: toServiceError(code, details) });
    }
  }

  #take(id: number): Settle | undefined {
    const call = this.#waiting.get(id);
    if (call === undefined) {
      return undefined;
    }
    clearTimeout(call.timer);
    this.#waiting.delete(id);
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
    for (const id of [...this.#waiting.keys()]) {
      const error = toServiceError(status.UNAVAILABLE, 'The stream of the call ended');
      this.#take(id)?.({ error });
    }
  }
}

const codes = Object.values(status).filter((value) => typeof value === 'number');

function toStatus(code: number): status {
  return codes[code] ?? status.UNKNOWN;
}

function toServiceError(code: status, details: string, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(`${code} ${status[code]}: ${details}`), {
    code,
    details,
    metadata,
  });
}
