import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  makeGenericClientConstructor,
  Metadata,
  status,
  type Client,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { CallStreamService, type AnswerFrame, type CallFrame } from '@linchpin/contracts';
import { CuttableProxy, eventuallyPasses, freePort } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { HubError } from '@linchpin/wire';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { actAs, currentActor } from '../actor/index.js';
import { callUnary, createGrpcClient, type ClientConstructor } from '../grpc/index.js';
import { createLogger } from '../logging/index.js';
import { createMetrics } from '../metrics/index.js';
import { callerSignal } from './caller-signal.js';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';
import { startGrpcServer } from './start-grpc-server.js';
import { StreamedCall } from './streamed-call.js';

const echo: MethodDefinition<string, string> = {
  path: '/linchpin.test.v1.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: Buffer.from,
  requestDeserialize: (bytes) => {
    if (bytes[0] === 0xff) {
      throw new Error('no request begins so');
    }
    return String(bytes);
  },
  responseSerialize: Buffer.from,
  responseDeserialize: String,
};
type EchoClient = Client & { readonly echo: Parameters<typeof callUnary<string, string>>[0] };
const EchoClient = makeGenericClientConstructor(
  { echo },
  'Echo',
) as unknown as ClientConstructor<EchoClient>;

/** Calls that wait to be let go. */
let waiting: (() => void)[];

@Controller()
class EchoController {
  @GrpcMethod('Echo', 'echo')
  async echo(request: string): Promise<string> {
    switch (request) {
      case 'wait':
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          callerSignal().addEventListener('abort', () => {
            resolve();
          });
        });
        return 'let go';
      case 'who':
        return currentActor()?.name ?? 'nobody';
      case 'fail':
        throw new HubError('ThrottlingException', 'Too many größe.', { retryAfterMs: 7 });
      default:
        return request;
    }
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

/** Of the calls that were served, how many came which way. */
let ways: { streamed: number; ordinary: number };
const countsWays: RpcInterceptor = {
  intercept: (call: RpcCall, next) => {
    ways[call instanceof StreamedCall ? 'streamed' : 'ordinary'] += 1;
    return next();
  },
};

let listen: { readonly host: string; readonly port: number };
let server: INestMicroservice;
let client: EchoClient;

beforeEach(async () => {
  waiting = [];
  ways = { streamed: 0, ordinary: 0 };
  listen = { host: '127.0.0.1', port: await freePort() };
  server = await startEchoServer();
  client = createEchoClient(listen.port);
});

afterEach(async () => {
  for (const letGo of waiting) {
    letGo();
  }
  client.close();
  await server.close();
});

function startEchoServer(): Promise<INestMicroservice> {
  return startGrpcServer({
    module: EchoModule,
    listen,
    tls: undefined,
    services: { 'linchpin.test.v1.Echo': { echo } },
    interceptors: [countsWays],
    callsPerConnectionMax: 50,
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
  });
}

function createEchoClient(port: number, { isRetried = false } = {}): EchoClient {
  const paths = ['/linchpin.test.v1.Echo/Echo'] as const;
  return createGrpcClient(EchoClient, {
    address: `127.0.0.1:${port}`,
    tls: undefined,
    streamed: paths,
    retried: isRetried ? paths : [],
    streamCount: 1,
  });
}

function call(request: string, { of = client, signal }: CallOptions = {}): Promise<string> {
  const options = { name: 'Echo/Echo', deadlineMs: 10_000, ...(signal && { signal }) };
  return callUnary(of.echo.bind(of), request, options);
}

interface CallOptions {
  readonly of?: EchoClient;
  readonly signal?: AbortSignal;
}

/** The first call opens the stream, and goes its ordinary way; so do others until it stands. */
async function streamStands(of = client): Promise<void> {
  const { streamed } = ways;
  await eventuallyPasses(async () => {
    await call('first', { of });
    expect(ways.streamed).toBeGreaterThan(streamed);
  });
  ways = { streamed: 0, ordinary: 0 };
}

async function callsWait(count: number): Promise<void> {
  await eventuallyPasses(() => {
    expect(waiting).toHaveLength(count);
  });
}

test('calls share a stream, each with its own answer', async () => {
  await streamStands();
  const requests = Array.from({ length: 500 }, (_, number) => `${number} ${'x'.repeat(number)}`);

  await expect(Promise.all(requests.map((request) => call(request)))).resolves.toEqual(requests);

  expect(ways).toEqual({ streamed: 500, ordinary: 0 });
});

test('more answers than a stream takes at once come whole', async () => {
  await streamStands();
  const requests = Array.from({ length: 300 }, (_, number) => `${number}`.padEnd(64 * 1024, 'x'));

  await expect(Promise.all(requests.map((request) => call(request)))).resolves.toEqual(requests);

  expect(ways.streamed).toBe(300);
});

test('a large request goes its ordinary way', async () => {
  await streamStands();
  const large = 'x'.repeat(64 * 1024 + 1);

  await expect(call(large)).resolves.toBe(large);

  expect(ways).toEqual({ streamed: 0, ordinary: 1 });
});

test('an error comes whole, and on whose behalf a call is made is known', async () => {
  await streamStands();

  await expect(call('fail')).rejects.toMatchObject({
    code: 'ThrottlingException',
    message: 'Too many größe.',
    retryAfterMs: 7,
  });
  const actor = { kind: 'process', name: 'größe' } as const;
  await expect(actAs(actor, () => call('who'))).resolves.toBe('größe');
  expect(ways).toEqual({ streamed: 2, ordinary: 0 });
});

test('of one stream no more calls run at once than of a connection', async () => {
  await streamStands();

  const answers = Array.from({ length: 120 }, () => call('wait'));

  await callsWait(50);
  await delay(100);
  await callsWait(50);
  const lettingGo = setInterval(() => {
    waiting.splice(0).forEach((letGo) => {
      letGo();
    });
  }, 1);
  await expect(Promise.all(answers)).resolves.toHaveLength(120);
  clearInterval(lettingGo);
});

test('what waits behind them can be taken back, and they can', async () => {
  await streamStands();
  const caller = new AbortController();
  const answers = Array.from({ length: 60 }, () => call('wait', { signal: caller.signal }));
  await callsWait(50);

  caller.abort();

  await expect(Promise.any(answers)).rejects.toBeInstanceOf(AggregateError);
  await expect(call('served again')).resolves.toBe('served again');
});

describe('when the stream is lost', () => {
  let proxy: CuttableProxy;

  beforeEach(async () => {
    proxy = await CuttableProxy.open(listen);
  });

  test('a call that may be sent again is answered after all', async () => {
    const repeating = createEchoClient(proxy.port, { isRetried: true });
    await streamStands(repeating);
    const answer = call('wait', { of: repeating });
    await callsWait(1);

    await proxy.cut();
    await proxy.mend();
    await callsWait(2);
    waiting[1]?.();

    await expect(answer).resolves.toBe('let go');
    expect(ways).toEqual({ streamed: 1, ordinary: 1 });
    await streamStands(repeating);
    repeating.close();
    await proxy.cut();
  });

  test('another hears that its service does not answer, and the next go on', async () => {
    const lost = createEchoClient(proxy.port);
    await streamStands(lost);
    const answer = call('wait', { of: lost });
    await callsWait(1);

    await proxy.cut();

    await expect(answer).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await proxy.mend();
    await eventuallyPasses(async () => {
      await call('again', { of: lost });
    });
    await streamStands(lost);
    lost.close();
    await proxy.cut();
  });
});

test('a server that stops serves what is on its way, and its callers find the next', async () => {
  await streamStands();
  const answer = call('wait');
  await callsWait(1);

  const closed = server.close();
  setTimeout(() => {
    waiting[0]?.();
  }, 200);

  await expect(answer).resolves.toBe('let go');
  await closed;
  server = await startEchoServer();
  await eventuallyPasses(async () => {
    await call('again');
  });
  await streamStands();
});

test('a client that is closed has the calls that are on their way answered', async () => {
  await streamStands();
  const answer = call('wait');
  await callsWait(1);

  client.close();
  waiting[0]?.();

  await expect(answer).resolves.toBe('let go');
});

test('a server that has no streams is called as ever', async () => {
  const other = await RpcServer.start([
    [{ echo }, { echo: (request: string) => request as never }],
  ]);
  const caller = createEchoClient(other.port);

  for (const request of ['one', 'two', 'three']) {
    await expect(call(request, { of: caller })).resolves.toBe(request);
  }

  caller.close();
  other.stop();
});

describe('a peer that does not keep to the protocol', () => {
  const { path, requestSerialize, responseDeserialize } = CallStreamService.carry;

  function openRaw() {
    const stream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
    );
    return stream;
  }

  function callFrame(id: number, parts: Partial<NonNullable<CallFrame['call']>> = {}): CallFrame {
    const call = { path: echo.path, request: Buffer.from('hello'), metadata: [], ...parts };
    return { id, call };
  }

  async function answerTo(frame: CallFrame): Promise<AnswerFrame['outcome']> {
    const stream = openRaw();
    const frames: AnswerFrame[] = [];
    stream.on('data', (message: { readonly frames: readonly AnswerFrame[] }) => {
      frames.push(...message.frames);
    });
    stream.write({ frames: [frame] });
    stream.end();
    await once(stream, 'status');
    expect(frames.map(({ id }) => id)).toEqual([frame.id]);
    return frames[0]?.outcome;
  }

  test.each([
    ['a path that is not served', { path: '/x.Y/Z' }, status.UNIMPLEMENTED],
    ['the path of a stream', { path }, status.UNIMPLEMENTED],
    ['a name of all objects', { path: '__proto__' }, status.UNIMPLEMENTED],
    ['a request that is none', { request: Buffer.of(0xff) }, status.INTERNAL],
    [
      'metadata that is none',
      { metadata: [{ key: 'a b', value: Buffer.of(10) }] },
      status.INTERNAL,
    ],
  ])('%s fails alone', async (_, parts, code) => {
    await expect(answerTo(callFrame(7, parts))).resolves.toMatchObject({
      $case: 'failure',
      value: { code },
    });
  });

  test('a number that is given twice ends the stream, and its calls', async () => {
    const stream = openRaw();
    stream.resume();
    stream.write({ frames: [callFrame(1, { request: Buffer.from('wait') })] });
    await callsWait(1);
    stream.write({ frames: [callFrame(1)] });

    const [end] = (await once(stream, 'error')) as [{ code: status; details: string }];

    expect(end).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'the call 1 is on its way already',
    });
    expect(ways.ordinary + ways.streamed).toBe(1);
  });

  test('taking back what is not on its way changes nothing', async () => {
    const stream = openRaw();
    stream.write({ frames: [{ id: 9, call: undefined }, callFrame(10)] });

    const [answers] = (await once(stream, 'data')) as [{ frames: readonly AnswerFrame[] }];

    expect(answers.frames.map(({ id }) => id)).toEqual([10]);
    stream.end();
    stream.resume();
    await once(stream, 'status');
  });
});
