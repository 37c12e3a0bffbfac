import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  Client,
  credentials,
  Metadata,
  status,
  type MethodDefinition,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import {
  CallStreamService,
  type AnswerFrame,
  type CarryRequest,
  type CarryResponse,
} from '@linchpin/contracts';
import { eventuallyPasses } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { CallStreams } from './call-streams.js';
import type { UnaryRpc } from './unary-rpc.js';

const echo: MethodDefinition<string, string> = {
  path: '/linchpin.test.v1.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: Buffer.from,
  requestDeserialize: String,
  responseSerialize: Buffer.from,
  responseDeserialize: (bytes) => {
    if (bytes[0] === 0xff) {
      throw new Error('no response begins so');
    }
    return String(bytes);
  },
};

/** The server's end of a stream, by hand. */
class FakeStream extends Duplex {
  constructor() {
    super({ objectMode: true });
  }

  override _write(_: CarryRequest, __: BufferEncoding, callback: () => void): void {
    callback();
  }

  override _read(): void {
    // What is pushed is there.
  }

  stands(): this {
    this.emit('metadata', new Metadata());
    return this;
  }

  ends(code: status): void {
    this.emit('status', { code, details: '', metadata: new Metadata() });
  }

  async answers(...frames: readonly AnswerFrame[]): Promise<void> {
    const read = once(this, 'data');
    this.push({ frames, draining: false } satisfies CarryResponse);
    await read;
  }
}

/** A client whose streams are by hand, and that answers each unary call at once. */
class FakeClient {
  readonly opened: FakeStream[] = [];
  unaryCalls = 0;
  isClosed = false;

  makeBidiStreamRequest(): FakeStream {
    const stream = new FakeStream();
    this.opened.push(stream);
    return stream;
  }

  makeUnaryRequest(...parameters: readonly unknown[]): { cancel(): void } {
    if (this.isClosed) {
      throw new Error('Channel has been shut down');
    }
    this.unaryCalls += 1;
    const callback = parameters.at(-1) as (error: null, response: string) => void;
    queueMicrotask(() => {
      callback(null, 'by a unary call');
    });
    return { cancel: () => undefined };
  }
}

describe('streams by hand', () => {
  let client: FakeClient;
  let streams: CallStreams;

  beforeEach(() => {
    jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    client = new FakeClient();
    streams = new CallStreams(client as unknown as Client, 1);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function call(isRepeatable = false): Promise<unknown> {
    return ask(streams.over(echo, isRepeatable), 'hello', 300_000);
  }

  function lastStream(): FakeStream {
    const stream = client.opened.at(-1);
    if (stream === undefined) {
      throw new Error('no stream was opened');
    }
    return stream;
  }

  test('a stream gives place to another: the first after five seconds, others after a minute', async () => {
    await call();
    for (const ageMs of [5_000, 60_000, 60_000]) {
      const stream = lastStream().stands();
      const { length } = client.opened;

      jest.advanceTimersByTime(ageMs - 1_000);
      const answer = call();
      const value = Buffer.from('streamed');
      await stream.answers({ id: 1, outcome: { $case: 'response', value } });
      await expect(answer).resolves.toBe('streamed');
      expect(client.opened).toHaveLength(length);

      jest.advanceTimersByTime(2_000);
      const last = call();
      expect(client.opened).toHaveLength(length + 1);
      expect(stream.writableEnded).toBe(false);
      await stream.answers({ id: 2, outcome: { $case: 'response', value } });
      await expect(last).resolves.toBe('streamed');
    }
    expect(client.opened.slice(0, 3).map(({ writableEnded }) => writableEnded)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('one that ended is opened again after a second, and after a minute where none is served', async () => {
    await call();
    lastStream().stands().ends(status.UNAVAILABLE);
    await call();
    expect(client.opened).toHaveLength(1);
    jest.advanceTimersByTime(1_001);
    await call();
    expect(client.opened).toHaveLength(2);

    lastStream().ends(status.UNIMPLEMENTED);
    jest.advanceTimersByTime(59_000);
    await call();
    expect(client.opened).toHaveLength(2);
    jest.advanceTimersByTime(2_000);
    await call();
    expect(client.opened).toHaveLength(3);
  });

  test('what is beyond 1,000 calls that wait is a unary call', async () => {
    await call();
    lastStream().stands();
    const waiting = Array.from({ length: 1_000 }, () => call());
    expect(client.unaryCalls).toBe(1);

    await expect(call()).resolves.toBe('by a unary call');

    lastStream().ends(status.UNAVAILABLE);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every(({ status: outcome }) => outcome === 'rejected')).toBe(true);
    expect(client.unaryCalls).toBe(2);
  });

  test('a call that is repeatable is repeated when its server says UNAVAILABLE', async () => {
    await call();
    lastStream().stands();
    const [repeatable, another] = [call(true), call()];

    const value = { code: status.UNAVAILABLE, details: 'busy', metadata: [] };
    await lastStream().answers(
      { id: 1, outcome: { $case: 'failure', value } },
      { id: 2, outcome: { $case: 'failure', value } },
    );

    await expect(repeatable).resolves.toBe('by a unary call');
    await expect(another).rejects.toMatchObject({ code: status.UNAVAILABLE, details: 'busy' });
  });

  const unreadable: readonly (readonly [string, AnswerFrame['outcome']])[] = [
    ['without an outcome that is known', undefined],
    ['with a response that is none', { $case: 'response', value: Buffer.of(0xff) }],
    [
      'with metadata that is none',
      {
        $case: 'failure',
        value: {
          code: status.NOT_FOUND,
          details: '',
          metadata: [{ key: 'a b', value: Buffer.of(10) }],
        },
      },
    ],
  ];
  test.each(unreadable)('an answer %s is INTERNAL', async (_, outcome) => {
    await call();
    lastStream().stands();
    const answer = call();

    await lastStream().answers({ id: 1, outcome });

    await expect(answer).rejects.toMatchObject({ code: status.INTERNAL });
  });

  test('a call that is repeatable fails when its client was closed meanwhile', async () => {
    await call();
    lastStream().stands();
    const answer = call(true);
    client.isClosed = true;

    lastStream().ends(status.UNAVAILABLE);

    await expect(answer).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  test('a status that is not known is UNKNOWN', async () => {
    await call();
    lastStream().stands();
    const answer = call();

    const value = { code: 99, details: 'of a later version', metadata: [] };
    await lastStream().answers({ id: 1, outcome: { $case: 'failure', value } });

    await expect(answer).rejects.toMatchObject({
      code: status.UNKNOWN,
      details: 'of a later version',
    });
  });

  test('none is opened when they are closed', async () => {
    streams.close();

    await call();

    expect(client.opened).toHaveLength(0);
  });
});

test('streams are spread over the processes that answer', async () => {
  const servers = await Promise.all([startServer(), startServer()]);
  const target = `ipv4:${servers.map(({ server }) => server.address).join(',')}`;
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const streams = new CallStreams(client, 4);
  const { path, requestSerialize, responseDeserialize } = echo;
  await eventuallyPasses(async () => {
    await ask(
      (...call) => client.makeUnaryRequest(path, requestSerialize, responseDeserialize, ...call),
      'hello',
    );
    expect(servers.every(({ isKnown }) => isKnown())).toBe(true);
  });

  await ask(streams.over(echo, false), 'hello');

  await eventuallyPasses(() => {
    expect(servers.map(({ streams: { size } }) => size)).toEqual([2, 2]);
  });
  streams.close();
  client.close();
  for (const { server } of servers) {
    server.stop();
  }
});

function ask(
  rpc: UnaryRpc<string, string>,
  request: string,
  deadlineMs = 10_000,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    rpc(request, new Metadata(), { deadline: Date.now() + deadlineMs }, (error, response) => {
      if (error === null) {
        resolve(response);
      } else {
        reject(error);
      }
    });
  });
}

async function startServer() {
  let answered = 0;
  const streams = new Set<ServerDuplexStream<CarryRequest, CarryResponse>>();
  const carry = (stream: ServerDuplexStream<CarryRequest, CarryResponse>): void => {
    streams.add(stream);
    stream.sendMetadata(new Metadata());
  };
  const answerEcho = (request: string): never => {
    answered += 1;
    return request as never;
  };
  const server = await RpcServer.start([[{ echo }, { echo: answerEcho }]], {
    streaming: [[CallStreamService, { carry }]],
  });
  return { server, streams, isKnown: () => answered > 0 };
}
