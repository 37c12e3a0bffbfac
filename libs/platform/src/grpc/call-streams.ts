import assert from 'node:assert';
import {
  Metadata,
  status,
  type Client,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { CallStreamService } from '@linchpin/contracts';
import { CallStream } from './call-stream.js';
import type { Cancellable, RpcPath, UnaryRpc } from './unary-rpc.js';

/** A larger request would keep those behind it waiting. */
const requestBytesMax = 64 * 1024;
const reopenMs = 1_000;
/** For a server of a version that has no streams. */
const reopenUnservedMs = 60_000;

/** At once; each with the process whose turn it is on the client's channel. */
const countBalanced = 4;
/** Then another takes its place, so that processes that come later have their part. */
const ageMsMax = 60_000;

interface CallStreamsSettings {
  readonly streamed: readonly RpcPath[];
  /** Of `streamed`: those that may be sent again. */
  readonly retried: readonly RpcPath[];
  readonly count: number | undefined;
}

/** From now on the client sends these rpcs over streams. */
export function addCallStreams(
  client: Client,
  service: ServiceDefinition,
  { streamed, retried, count = countBalanced }: CallStreamsSettings,
): void {
  const definitions = Object.entries(service).filter(([, { path }]) => isOneOf(streamed, path));
  if (definitions.length === 0) {
    return;
  }
  const streams = new CallStreams(client, count);
  const rpcs = client as unknown as Record<string, UnaryRpc<unknown, unknown>>;
  for (const [name, definition] of definitions) {
    const ordinary = rpcs[name];
    assert(ordinary !== undefined, `the client has ${definition.path}`);
    rpcs[name] = streams.carried(definition, {
      ordinary: ordinary.bind(client),
      isRepeatable: isOneOf(retried, definition.path),
    });
  }
  const close = client.close.bind(client);
  client.close = () => {
    streams.close();
    close();
  };
}

function isOneOf(paths: readonly string[], path: string): boolean {
  return paths.includes(path);
}

interface OrdinaryRpc<Request, Response> {
  /** As the client has it, by a call of its own. */
  readonly ordinary: UnaryRpc<Request, Response>;
  /** When its stream ends, or the server has no time for it, it goes this way then. */
  readonly isRepeatable: boolean;
}

/**
 * Streams beside a client, for calls that are many and small (docs/adr/0019-small-calls-share-a-stream.md). They are
 * opened when there are calls; one that finds none of them standing, and one that is large, goes its ordinary way.
 */
export class CallStreams {
  readonly #places: StreamPlace[];
  #next = 0;

  constructor(client: Client, count: number) {
    this.#places = Array.from({ length: count }, () => new StreamPlace(client));
  }

  /** The rpc by way of the streams. */
  carried<Request, Response>(
    definition: MethodDefinition<Request, Response>,
    { ordinary, isRepeatable }: OrdinaryRpc<Request, Response>,
  ): UnaryRpc<Request, Response> {
    const { path, requestSerialize, responseDeserialize } = definition;
    return (message, metadata, options, callback) => {
      const stream = this.#standing();
      const request = stream && requestSerialize(message);
      if (stream === undefined || request === undefined || request.length > requestBytesMax) {
        return ordinary(message, metadata, options, callback);
      }
      const call = { path, request, metadata, deadlineMs: options.deadline };
      let onItsWay: Cancellable = stream.send(call, (outcome) => {
        if ('response' in outcome) {
          callback(null, responseDeserialize(outcome.response));
        } else if (outcome.error.code === status.UNAVAILABLE && isRepeatable) {
          onItsWay = ordinary(message, metadata, options, callback);
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

  #standing(): CallStream | undefined {
    const now = performance.now();
    const stream = this.#places[this.#next]?.standing(now);
    this.#next = (this.#next + 1) % this.#places.length;
    return stream;
  }
}

/** One stream after another. */
class StreamPlace {
  #stream: CallStream | undefined;
  #openedMs = -Infinity;

  constructor(private readonly client: Client) {}

  standing(now: number): CallStream | undefined {
    const ageMs = now - this.#openedMs;
    if (ageMs > ageMsMax) {
      this.#stream?.retire();
    }
    if ((this.#stream?.isOver ?? true) && ageMs > this.#reopenMs()) {
      this.#openedMs = now;
      this.#stream = open(this.client);
    }
    return this.#stream?.takesCalls === true ? this.#stream : undefined;
  }

  close(): void {
    this.#stream?.retire();
  }

  #reopenMs(): number {
    return this.#stream?.endCode === status.UNIMPLEMENTED ? reopenUnservedMs : reopenMs;
  }
}

function open(client: Client): CallStream {
  const { path, requestSerialize, responseDeserialize } = CallStreamService.carry;
  return new CallStream(
    client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata()),
  );
}
