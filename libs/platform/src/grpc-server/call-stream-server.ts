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
import { streamCallsMax, timerMsMax } from '../grpc/call-stream.js';
import { FrameGatherer } from '../grpc/frame-gatherer.js';
import { fromMetadataEntries, toMetadataEntries } from '../grpc/frame-metadata.js';
import { toGrpcFailure, type GrpcFailure } from '../grpc/hub-error-status.js';
import { InFlight } from '../in-flight/in-flight.js';
import type { RpcCall } from './rpc-interceptor.js';
import { StreamedCall } from './streamed-call.js';

type RpcDefinition = ServerMethodDefinition<RpcCall['request'], unknown>;

export interface ServedRpc extends Pick<RpcDefinition, 'requestDeserialize' | 'responseSerialize'> {
  /** @throws what `toGrpcFailure` tells the caller */
  readonly serve: (call: RpcCall) => Promise<unknown>;
}

type CarryStream = ServerDuplexStream<CarryRequest, CarryResponse>;

/** So long a caller that is told to end its half may still send what it has. */
const drainMs = 1_000;

/** Serves the rpcs of a server also by streams that carry them (call_stream.proto). */
export class CallStreamServer {
  readonly #streams = new Set<ServedStream>();
  #isDraining = false;

  /** @param rpcs by path */
  constructor(private readonly rpcs: ReadonlyMap<string, ServedRpc>) {}

  /** The handler of `CallStream/Carry`. */
  readonly carry = (stream: CarryStream): void => {
    const served = new ServedStream(stream, this.rpcs);
    this.#streams.add(served);
    stream.once('close', () => {
      this.#streams.delete(served);
    });
    if (this.#isDraining) {
      served.drain();
    }
  };

  /** Calls that are on their way are served; each stream ends after its own. */
  drain(): void {
    this.#isDraining = true;
    for (const served of this.#streams) {
      served.drain();
    }
  }
}

interface CallOnItsWay {
  readonly call: StreamedCall;
  readonly timer: NodeJS.Timeout | undefined;
}

class ServedStream {
  readonly #calls = new InFlight<CallOnItsWay>();
  readonly #gatherer: FrameGatherer<AnswerFrame>;
  #endsWhenIdle = false;
  #isOver = false;

  constructor(
    private readonly stream: CarryStream,
    private readonly rpcs: ReadonlyMap<string, ServedRpc>,
  ) {
    this.#gatherer = new FrameGatherer((frames, written) => {
      stream.write({ frames, draining: false }, () => {
        written();
        this.#readOn();
      });
    });
    stream.on('data', this.#read);
    stream.once('end', () => {
      this.#endWhenIdle();
    });
    stream.once('cancelled', () => {
      this.#leave();
    });
    stream.sendMetadata(new Metadata());
  }

  drain(): void {
    if (!this.#isOver) {
      this.stream.write({ frames: [], draining: true });
      setTimeout(() => {
        this.#endWhenIdle();
      }, drainMs).unref();
    }
  }

  readonly #read = ({ frames }: CarryRequest): void => {
    for (const frame of frames) {
      this.#receive(frame);
    }
    this.#readOn();
    this.#endIfIdle();
  };

  #receive({ id, call }: CallFrame): void {
    if (this.#isOver) {
      return;
    }
    if (call === undefined) {
      this.#takeBack(id);
    } else if (this.#calls.has(id)) {
      this.#endBroken(status.INVALID_ARGUMENT, `The call ${id} is on its way already`);
    } else if (this.#calls.size >= streamCallsMax) {
      this.#endBroken(status.RESOURCE_EXHAUSTED, `${streamCallsMax} calls are on their way`);
    } else {
      this.#serve(id, call);
    }
  }

  /** Its answer is for nobody, also where it waits for the caller to read those before it. */
  #takeBack(id: number): void {
    this.#gatherer.takeBack(id);
    this.#take(id)?.cancel();
  }

  #take(id: number): StreamedCall | undefined {
    const onItsWay = this.#calls.take(id);
    clearTimeout(onItsWay?.timer);
    return onItsWay?.call;
  }

  /** No more calls are read while the caller does not read answers. */
  #readOn(): void {
    if (this.#gatherer.isFull) {
      this.stream.pause();
    } else if (this.stream.isPaused()) {
      this.stream.resume();
    }
  }

  #serve(id: number, { path, request, metadata, timeoutMs }: Call): void {
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
    this.#calls.set(id, { call, timer: this.#deadlineOf(id, timeoutMs) });
    serialized(rpc, call).then(
      (response) => {
        this.#settle(id, call, () => {
          this.#answer(id, response);
        });
      },
      (error: unknown) => {
        this.#settle(id, call, () => {
          this.#fail(id, toGrpcFailure(error));
        });
      },
    );
  }

  #deadlineOf(id: number, timeoutMs: number): NodeJS.Timeout | undefined {
    return timeoutMs === 0
      ? undefined
      : setTimeout(
          () => {
            this.#takeBack(id);
            this.#readOn();
            this.#endIfIdle();
          },
          Math.min(timeoutMs, timerMsMax),
        );
  }

  #settle(id: number, call: StreamedCall, answer: () => void): void {
    if (!call.cancelled) {
      this.#take(id);
      answer();
      this.#endIfIdle();
    }
  }

  #answer(id: number, response: Buffer): void {
    this.#gatherer.add({ id, outcome: { $case: 'response', value: response } }, response.length);
  }

  #fail(id: number, { code, details, metadata }: GrpcFailure): void {
    const value = { code, details, metadata: toMetadataEntries(metadata) };
    this.#gatherer.add({ id, outcome: { $case: 'failure', value } }, details.length);
  }

  #endWhenIdle(): void {
    this.#endsWhenIdle = true;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#endsWhenIdle && this.#calls.size === 0 && !this.#isOver) {
      this.#isOver = true;
      this.#gatherer.flush();
      this.stream.end();
    }
  }

  /** grpc-js ends a stream with the status of the error that its handler emits. */
  #endBroken(code: status, details: string): void {
    this.#leave();
    this.stream.emit('error', { code, details });
  }

  /** Nobody hears the answers any more. */
  #leave(): void {
    this.#isOver = true;
    this.#gatherer.clear();
    for (const id of this.#calls.ids()) {
      this.#take(id)?.cancel();
    }
  }
}

async function serialized(rpc: ServedRpc, call: RpcCall): Promise<Buffer> {
  return rpc.responseSerialize(await rpc.serve(call));
}

function refusal(code: status, details: string): GrpcFailure {
  return { code, details, metadata: new Metadata() };
}
