import 'reflect-metadata';
import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeGenericClientConstructor, type Client, type MethodDefinition } from '@grpc/grpc-js';
import { CuttableProxy, eventually, freePort } from '@linchpin/testing';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { callUnary, createGrpcClient, type ClientConstructor } from '../grpc/index.js';
import { createLogger } from '../logging/index.js';
import { createMetrics } from '../metrics/index.js';
import type { UnaryRpc } from '../grpc/unary-rpc.js';
import { callerSignal } from './caller-signal.js';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';
import { startGrpcServer } from './start-grpc-server.js';
import { StreamedCall } from './streamed-call.js';

const wait: MethodDefinition<string, string> = {
  path: '/linchpin.test.v1.Waiting/Wait',
  requestStream: false,
  responseStream: false,
  requestSerialize: Buffer.from,
  requestDeserialize: String,
  responseSerialize: Buffer.from,
  responseDeserialize: String,
};
type WaitingClient = Client & { readonly wait: UnaryRpc<string, string> };
const WaitingClient = makeGenericClientConstructor(
  { wait },
  'Waiting',
) as unknown as ClientConstructor<WaitingClient>;

/** What calls that are being served tell: `served` with their signal. */
const calls = new EventEmitter<{ served: [AbortSignal] }>();

@Controller()
class WaitingController {
  @GrpcMethod('Waiting', 'wait')
  async wait(request: string): Promise<string> {
    const signal = callerSignal();
    calls.emit('served', signal);
    if (request === 'for its end') {
      await once(signal, 'abort');
    }
    return 'served';
  }
}

@Module({ controllers: [WaitingController] })
class WaitingModule {}

/** How the last call came. */
let lastCall: RpcCall | undefined;
const keepsLast: RpcInterceptor = {
  intercept: (call, next) => {
    lastCall = call;
    return next();
  },
};

let server: INestMicroservice;
let listen: { readonly host: string; readonly port: number };

beforeAll(async () => {
  listen = { host: '127.0.0.1', port: await freePort() };
  server = await startGrpcServer({
    module: WaitingModule,
    listen,
    tls: undefined,
    services: { 'linchpin.test.v1.Waiting': { wait } },
    interceptors: [keepsLast],
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
  });
});

afterAll(() => server.close());

async function nextSignal(): Promise<AbortSignal> {
  const [signal] = (await once(calls, 'served')) as [AbortSignal];
  return signal;
}

async function hasLeft(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}

describe.each([
  ['by itself', [], false],
  ['on a stream', ['/linchpin.test.v1.Waiting/Wait'] as const, true],
] as const)('a call that goes %s', (_, streamed, isStreamed) => {
  let proxy: CuttableProxy;
  let client: WaitingClient;

  beforeEach(async () => {
    proxy = await CuttableProxy.open(listen);
    const address = `127.0.0.1:${proxy.port}`;
    client = createGrpcClient(WaitingClient, { address, tls: undefined, streamed, streamCount: 1 });
    await eventually(async () => {
      await call('at once');
      return lastCall instanceof StreamedCall === isStreamed;
    });
  });

  afterEach(async () => {
    calls.removeAllListeners();
    client.close();
    await proxy.cut();
  });

  function call(request: string, options: { signal?: AbortSignal; deadlineMs?: number } = {}) {
    return callUnary(client.wait.bind(client), request, {
      name: 'Waiting/Wait',
      deadlineMs: 10_000,
      ...options,
    });
  }

  test('a caller that takes its call back hears so, and its callee does', async () => {
    const caller = new AbortController();
    const served = nextSignal();
    const answer = call('for its end', { signal: caller.signal });
    const signal = await served;
    expect(signal.aborted).toBe(false);

    caller.abort(new Error('the client hung up'));

    await expect(answer).rejects.toMatchObject({
      code: 'RequestCanceled',
      causeText: 'the client hung up',
    });
    await hasLeft(signal);
  });

  test('a callee hears that the deadline is over', async () => {
    const served = nextSignal();

    await expect(call('for its end', { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'GenericTimeout',
    });
    await hasLeft(await served);
  });

  test('a callee hears that its caller is gone', async () => {
    const served = nextSignal();
    const answer = call('for its end');
    const signal = await served;

    await Promise.all([
      proxy.cut(),
      expect(answer).rejects.toMatchObject({ code: 'ServiceUnavailable' }),
      hasLeft(signal),
    ]);
    await proxy.mend();
  });

  test('what was taken back before is not sent', async () => {
    let served = 0;
    calls.on('served', () => (served += 1));

    await expect(call('at once', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RequestCanceled',
    });
    await call('at once');

    expect(served).toBe(1);
  });
});
