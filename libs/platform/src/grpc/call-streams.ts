import { Metadata, status, type Client, type MethodDefinition } from '@grpc/grpc-js';
import { CallStreamService } from '@linchpin/contracts';
import { CallStream, toServiceError } from './call-stream.js';
import type { Cancellable, UnaryRpc } from './unary-rpc.js';

/** Then another takes its place, so that processes that come later have their part. */
const ageMsMax = 60_000;
/** Of one that takes no other's place: a client that connects knows the process that answers first, and no other. */
const firstAgeMsMax = 5_000;
const reopenMs = 1_000;
/** For a server of a version that has no streams. */
const reopenUnservedMs = 60_000;
/** A larger request would keep those behind it waiting. */
const requestBytesMax = 64 * 1024;

type CallingClient = Pick<Client, 'makeUnaryRequest' | 'makeBidiStreamRequest'>;

/**
 * Streams beside a client, for calls that are many and small (docs/adr/0019-small-calls-share-a-stream.md). They are
 * opened when there are calls; one that finds none standing is a unary call, and so is one that is large.
 */
export class CallStreams {
  readonly #places: readonly StreamPlace[];
  #next = 0;

  /** @param count of streams, each with the process whose turn it is on the client's channel */
  constructor(
    private readonly client: CallingClient,
    count: number,
  ) {
    this.#places = Array.from({ length: count }, () => new StreamPlace(client));
  }

  /**
   * The rpc by way of the streams.
   *
   * @param isRepeatable it is called once more, as a unary call, when its stream was lost or its server says
   *   UNAVAILABLE
   */
  over<Request, Response>(
    definition: MethodDefinition<Request, Response>,
    isRepeatable: boolean,
  ): UnaryRpc<Request, Response> {
    const { path, requestSerialize, responseDeserialize } = definition;
    const unary: UnaryRpc<Request, Response> = (message, ...rest) =>
      this.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, ...rest);
    return (message, metadata, options, callback) => {
      const stream = this.#nextStream();
      const request = stream && requestSerialize(message);
      if (stream === undefined || request === undefined || request.length > requestBytesMax) {
        return unary(message, metadata, options, callback);
      }
      const call = { path, request, metadata, deadlineMs: options.deadline };
      let onItsWay: Cancellable = stream.send(call, (outcome) => {
        if ('response' in outcome) {
          answer(callback, outcome.response, responseDeserialize);
        } else if (outcome.error.code === status.UNAVAILABLE && isRepeatable) {
          try {
            onItsWay = unary(message, metadata, options, callback);
          } catch {
            // The client was closed meanwhile.
            callback(outcome.error);
          }
        } else {
          callback(outcome.error);
        }
      });
      return {
        cancel: () => {
          onItsWay.cancel();
        },
      };
    };
  }

  /** Each ends after the calls that are on their way. */
  close(): void {
    for (const place of this.#places) {
      place.close();
    }
  }

  #nextStream(): CallStream | undefined {
    const now = performance.now();
    // All at once: a call between two of them would take the turn of the second, and with two processes all streams
    // would be one's.
    for (const place of this.#places) {
      place.renew(now);
    }
    const stream = this.#places[this.#next]?.stream;
    this.#next = (this.#next + 1) % this.#places.length;
    return stream?.takesCalls === true ? stream : undefined;
  }
}

/** Holds one stream at a time: opens it, and another after its end or when it has stood long. */
class StreamPlace {
  #standing: CallStream | undefined;
  /** Takes the place of the other once it stands. */
  #opening: CallStream | undefined;
  #openedMs = -Infinity;
  #untilAgeMs = firstAgeMsMax;
  #isClosed = false;

  constructor(private readonly client: CallingClient) {}

  get stream(): CallStream | undefined {
    return this.#standing;
  }

  renew(now: number): void {
    if (this.#opening?.isStanding === true) {
      this.#standing?.retire();
      this.#standing = this.#opening;
      this.#opening = undefined;
    }
    const ageMs = now - this.#openedMs;
    const isOver = this.#standing?.isOver ?? true;
    const isWanted = isOver || ageMs > this.#untilAgeMs;
    if (isWanted && (this.#opening?.isOver ?? true) && ageMs > this.#reopenMs()) {
      this.#open(now, isOver ? firstAgeMsMax : ageMsMax);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#standing?.retire();
    this.#opening?.retire();
  }

  #open(now: number, untilAgeMs: number): void {
    if (!this.#isClosed) {
      this.#openedMs = now;
      this.#untilAgeMs = untilAgeMs;
      this.#opening = openStream(this.client);
    }
  }

  #reopenMs(): number {
    return this.#opening?.endCode === status.UNIMPLEMENTED ? reopenUnservedMs : reopenMs;
  }
}

function openStream(client: CallingClient): CallStream {
  const { path, requestSerialize, responseDeserialize } = CallStreamService.carry;
  return new CallStream(
    client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata()),
  );
}

/** What is no response is INTERNAL, as with grpc-js. */
function answer<Response>(
  callback: Parameters<UnaryRpc<never, Response>>[3],
  bytes: Buffer,
  deserialize: (bytes: Buffer) => Response,
): void {
  let response: Response;
  try {
    response = deserialize(bytes);
  } catch (error) {
    callback(toServiceError(status.INTERNAL, `Unreadable response: ${String(error)}`));
    return;
  }
  callback(null, response);
}
