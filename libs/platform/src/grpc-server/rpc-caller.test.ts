import { EventEmitter, once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CuttableProxy, eventually } from '@linchpin/testing';
import { callUnary, createGrpcClient } from '../grpc/index.js';
import { EchoClient, EchoServer } from './echo-server.fake.js';
import { RpcCaller } from './rpc-caller.js';

let server: EchoServer;

beforeAll(async () => {
  server = await EchoServer.start();
});

afterAll(() => server.close());

async function nextSignal(): Promise<AbortSignal> {
  const [signal] = (await once(server.calls, 'served')) as [AbortSignal];
  return signal;
}

async function hasLeft(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}

describe.each([
  ['by itself', [], 'unary'],
  ['on a stream', ['/linchpin.test.v1.Echo/Echo'] as const, 'streamed'],
] as const)('a call that goes %s', (_, streamed, way) => {
  let proxy: CuttableProxy;
  let client: EchoClient;

  beforeEach(async () => {
    proxy = await CuttableProxy.open(server.listen);
    const address = `127.0.0.1:${proxy.port}`;
    client = createGrpcClient(EchoClient, { address, tls: undefined, streamed, streamCount: 1 });
    await eventually(async () => {
      const before = server.ways[way];
      await call('at once');
      return server.ways[way] > before;
    });
  });

  afterEach(async () => {
    server.calls.removeAllListeners();
    client.close();
    await proxy.cut();
  });

  function call(request: string, options: { signal?: AbortSignal; deadlineMs?: number } = {}) {
    return callUnary(client.echo.bind(client), request, {
      name: 'Echo/Echo',
      deadlineMs: 10_000,
      ...options,
    });
  }

  test('a caller that takes its call back hears so, and its callee does', async () => {
    const caller = new AbortController();
    const served = nextSignal();
    const answer = call('wait', { signal: caller.signal });
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

    await expect(call('wait', { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'GenericTimeout',
    });
    await hasLeft(await served);
  });

  test('a callee hears that its caller is gone', async () => {
    const served = nextSignal();
    const answer = call('wait');
    const signal = await served;

    await Promise.all([
      proxy.cut(),
      expect(answer).rejects.toMatchObject({ code: 'ServiceUnavailable' }),
      hasLeft(signal),
    ]);
    await proxy.mend();
  });

  test('a callee whose answer has gone hears nothing of its caller', async () => {
    const served = nextSignal();
    await call('at once');
    const signal = await served;
    // What grpc-js says at the end of a call comes before the answers of those behind it.
    await call('at once');
    await turn();

    expect(signal.aborted).toBe(false);
  });

  test('what was taken back before is not sent', async () => {
    let served = 0;
    server.calls.on('served', () => (served += 1));

    await expect(call('at once', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RequestCanceled',
    });
    await call('at once');

    expect(served).toBe(1);
  });
});

test('a callee that asks late hears that its caller has left before', () => {
  const call = Object.assign(new EventEmitter(), {
    request: {},
    metadata: new Metadata(),
    cancelled: true,
    getPath: () => '/linchpin.test.v1.Echo/Echo',
  });

  expect(new RpcCaller(call).signal.aborted).toBe(true);
});
