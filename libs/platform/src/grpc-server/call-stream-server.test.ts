import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CuttableProxy, eventuallyPasses } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { actAs, type Actor } from '../actor/index.js';
import { callUnary, createGrpcClient } from '../grpc/index.js';
import { echo, EchoClient, EchoServer } from './echo-server.fake.js';

let server: EchoServer;
let client: EchoClient;

beforeEach(async () => {
  server = await EchoServer.start();
  client = createEchoClient(server.listen.port);
});

afterEach(async () => {
  server.waiting.letGo();
  client.close();
  await server.close();
});

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

interface CallOptions {
  readonly of?: EchoClient;
  readonly deadlineMs?: number;
  readonly actor?: Actor;
}

function call(
  request: string,
  { of = client, deadlineMs = 10_000, ...options }: CallOptions = {},
): Promise<string> {
  return callUnary(of.echo.bind(of), request, { name: 'Echo/Echo', deadlineMs, ...options });
}

/** The first call opens the stream, and is a unary call; so are others until it stands. */
async function streamStands(of = client): Promise<void> {
  const { streamed } = server.ways;
  await eventuallyPasses(async () => {
    await call('first', { of });
    expect(server.ways.streamed).toBeGreaterThan(streamed);
  });
  server.ways = { streamed: 0, unary: 0 };
}

test('calls share a stream, each with its own answer', async () => {
  await streamStands();
  const requests = Array.from({ length: 500 }, (_, number) => `${number} ${'x'.repeat(number)}`);

  await expect(Promise.all(requests.map((request) => call(request)))).resolves.toEqual(requests);

  expect(server.ways).toEqual({ streamed: 500, unary: 0 });
});

test('more answers than a stream takes at once come whole', async () => {
  await streamStands();
  const requests = Array.from({ length: 300 }, (_, number) => `${number}`.padEnd(64 * 1024, 'x'));

  await expect(Promise.all(requests.map((request) => call(request)))).resolves.toEqual(requests);

  expect(server.ways.streamed).toBeGreaterThan(10);
});

test('a large request is a unary call', async () => {
  await streamStands();
  const large = 'x'.repeat(64 * 1024 + 1);

  await expect(call(large)).resolves.toBe(large);

  expect(server.ways).toEqual({ streamed: 0, unary: 1 });
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
  const other = { kind: 'process', name: 'another' } as const;
  await expect(actAs(actor, () => call('who', { actor: other }))).resolves.toBe('another');
  expect(server.ways).toEqual({ streamed: 3, unary: 0 });
});

test('a response that cannot be serialized fails its call alone', async () => {
  await streamStands();

  const failure = expect(call('unserializable')).rejects.toMatchObject({ code: 'ServerError' });

  await expect(call('another')).resolves.toBe('another');
  await failure;
});

test('a call whose deadline is over is not sent', async () => {
  await streamStands();

  await expect(call('late', { deadlineMs: -1 })).rejects.toMatchObject({ code: 'GenericTimeout' });
  await call('in time');

  expect(server.ways).toEqual({ streamed: 1, unary: 0 });
});

describe('when the stream is lost', () => {
  let proxy: CuttableProxy;

  beforeEach(async () => {
    proxy = await CuttableProxy.open(server.listen);
  });

  test('a call that may be sent again is answered after all', async () => {
    const repeating = createEchoClient(proxy.port, { isRetried: true });
    await streamStands(repeating);
    const answer = call('wait', { of: repeating });
    await server.waiting.have(1);

    await proxy.cut();
    await proxy.mend();
    await server.waiting.have(2);
    server.waiting.letGo();

    await expect(answer).resolves.toBe('let go');
    expect(server.ways).toEqual({ streamed: 1, unary: 1 });
    await streamStands(repeating);
    repeating.close();
    await proxy.cut();
  });

  test('another hears that its service does not answer, and the next go on', async () => {
    const lost = createEchoClient(proxy.port);
    await streamStands(lost);
    const answer = call('wait', { of: lost });
    await server.waiting.have(1);

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
  await server.waiting.have(1);

  const closed = server.close();
  server.waiting.letGo();

  await expect(answer).resolves.toBe('let go');
  await closed;
  await server.restart();
  await eventuallyPasses(async () => {
    await call('again');
  });
  await streamStands();
});

test('a client that is closed has the calls that are on their way answered', async () => {
  await streamStands();
  const answer = call('wait');
  await server.waiting.have(1);

  client.close();
  server.waiting.letGo();

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
