import {
  Metadata,
  status,
  type ServerDuplexStream,
  type ServerMethodDefinition,
} from '@grpc/grpc-js';
import type {
  AnswerFrame,
  Call,
  CallFrame,
  CarryRequest,
  CarryResponse,
} from '@linchpin/contracts';
import { FrameGatherer } from '../grpc/frame-gatherer.js';
import { fromMetadataEntries, toMetadataEntries } from '../grpc/frame-metadata.js';
import { toGrpcFailure, type GrpcFailure } from '../grpc/hub-error-status.js';
import type { RpcCall } from './rpc-interceptor.js';
import { StreamedCall } from './streamed-call.js';

type RpcDefinition = ServerMethodDefinition<RpcCall['request'], unknown>;

export interface ServedRpc extends Pick<RpcDefinition, 'requestDeserialize' | 'responseSerialize'> {
  /** @throws what `toGrpcFailure` tells the caller */
  readonly serve: (call: RpcCall) => Promise<unknown>;
}

type Carried = ServerDuplexStream<CarryRequest, CarryResponse>;

/** So long a caller that is told to end its streams may still send what it has. */
const drainMs = 1_000;

/** Serves the rpcs of a server also by streams that carry them (call_stream.proto). */
export class CallStreamServer {
  readonly #streams = new Set<ServedStream>();
  #isDraining = false;

  /** @param rpcs by path @param callsMax of one stream at once; those beyond wait at their caller */
  constructor(
    private readonly rpcs: ReadonlyMap<string, ServedRpc>,
    private readonly callsMax: number,
  ) {}

  /** The handler of `CallStream/Carry`. */
  readonly carry = (carried: Carried): void => {
    const stream = new ServedStream(carried, this.rpcs, this.callsMax);
    this.#streams.add(stream);
    carried.once('close', () => {
      this.#streams.delete(stream);
    });
    if (this.#isDraining) {
      stream.drain();
    }
  };

  /** Calls that are on their way are served; each stream ends after its own. */
  drain(): void {
    this.#isDraining = true;
    for (const stream of this.#streams) {
      stream.drain();
    }
  }
}

class ServedStream {
  readonly #calls = new Map<number, StreamedCall>();
  readonly #gatherer: FrameGatherer<AnswerFrame>;
  /** Those that came when `callsMax` were served. */
  readonly #unserved = new Map<number, Call>();
  #takesNoMore = false;
  #isOver = false;

  constructor(
    private readonly stream: Carried,
    private readonly rpcs: ReadonlyMap<string, ServedRpc>,
    private readonly callsMax: number,
  ) {
    this.#gatherer = new FrameGatherer((frames) => stream.write({ frames, draining: false }));
    stream.on('data', this.#read);
    stream.on('drain', () => {
      this.#gatherer.drained();
    });
    stream.once('end', () => {
      this.#endAfterCalls();
    });
    stream.once('cancelled', () => {
      this.#leave();
    });
    stream.on('error', () => {
      // What could not be read: grpc-js ends the stream with its status.
      this.#leave();
    });
    stream.sendMetadata(new Metadata());
  }

  drain(): void {
    if (!this.#isOver) {
      this.stream.write({ frames: [], draining: true });
      setTimeout(() => {
        this.#endAfterCalls();
      }, drainMs).unref();
    }
  }

  readonly #read = ({ frames }: CarryRequest): void => {
    for (const frame of frames) {
      this.#take(frame);
    }
    if (this.#unserved.size >= this.callsMax) {
      this.stream.pause();
    }
  };

  #take({ id, call }: CallFrame): void {
    if (this.#isOver) {
      return;
    }
    if (call === undefined) {
      this.#takeBack(id);
    } else if (this.#calls.has(id) || this.#unserved.has(id)) {
      const details = `the call ${id} is on its way already`;
      this.stream.emit('error', { code: status.INVALID_ARGUMENT, details });
    } else if (this.#calls.size < this.callsMax) {
      this.#serve(id, call);
    } else {
      this.#unserved.set(id, call);
    }
  }

  #takeBack(id: number): void {
    this.#unserved.delete(id);
    this.#calls.get(id)?.cancel();
    this.#settled(id);
  }

  #serve(id: number, { path, request, metadata }: Call): void {
    const rpc = this.rpcs.get(path);
    if (rpc === undefined) {
      this.#fail(id, refusal(status.UNIMPLEMENTED, `The server does not implement ${path}`));
      return;
    }
    let call: StreamedCall;
    try {
      call = new StreamedCall(path, rpc.requestDeserialize(request), fromMetadataEntries(metadata));
    } catch (error) {
      this.#fail(id, refusal(status.INTERNAL, `The call cannot be read: ${String(error)}`));
      return;
    }
    this.#calls.set(id, call);
    rpc.serve(call).then(
      (answer) => {
        if (!call.cancelled) {
          const response = rpc.responseSerialize(answer);
          this.#settled(id);
          this.#answer({ id, outcome: { $case: 'response', value: response } }, response.length);
        }
      },
      (error: unknown) => {
        if (!call.cancelled) {
          this.#settled(id);
          this.#fail(id, toGrpcFailure(error));
        }
      },
    );
  }

  #fail(id: number, { code, details, metadata }: GrpcFailure): void {
    const value = { code, details, metadata: toMetadataEntries(metadata) };
    this.#answer({ id, outcome: { $case: 'failure', value } }, details.length);
  }

  #answer(frame: AnswerFrame, bytes: number): void {
    this.#gatherer.add(frame, bytes);
    this.#endWhenIdle();
  }

  #settled(id: number): void {
    this.#calls.delete(id);
    for (const [next, call] of this.#unserved) {
      if (this.#calls.size >= this.callsMax) {
        break;
      }
      this.#unserved.delete(next);
      this.#serve(next, call);
    }
    if (this.#unserved.size < this.callsMax) {
      this.stream.resume();
    }
    this.#endWhenIdle();
  }

  #endAfterCalls(): void {
    this.#takesNoMore = true;
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    const isIdle = this.#calls.size === 0 && this.#unserved.size === 0;
    if (this.#takesNoMore && isIdle && !this.#isOver) {
      this.#isOver = true;
      this.#gatherer.flush();
      this.stream.end();
    }
  }

  /** The caller is gone. */
  #leave(): void {
    this.#isOver = true;
    this.#gatherer.clear();
    this.#unserved.clear();
    for (const call of this.#calls.values()) {
      call.cancel();
    }
    this.#calls.clear();
  }
}

function refusal(code: status, details: string): GrpcFailure {
  return { code, details, metadata: new Metadata() };
}
