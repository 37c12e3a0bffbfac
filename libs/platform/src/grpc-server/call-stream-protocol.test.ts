/** What a server makes of callers that are not ours, or not well. */
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { credentials, Metadata, status, type ClientDuplexStream } from '@grpc/grpc-js';
import {
  CallStreamService,
  type AnswerFrame,
  type CallFrame,
  type CarryRequest,
  type CarryResponse,
} from '@linchpin/contracts';
import { eventuallyPasses } from '@linchpin/testing';
import { CallStreamServer, type ServedRpc } from './call-stream-server.js';
import { echo, EchoClient, EchoServer } from './echo-server.fake.js';

const { path, requestSerialize, responseDeserialize } = CallStreamService.carry;

let server: EchoServer;
let client: EchoClient;
let stream: ClientDuplexStream<CarryRequest, CarryResponse>;

beforeEach(async () => {
  server = await EchoServer.start();
  client = new EchoClient(`127.0.0.1:${server.listen.port}`, credentials.createInsecure());
  stream = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    new Metadata(),
  );
  stream.on('error', () => {
    // Its tests wait for it; in others it is seen by what they wait for.
  });
});

afterEach(async () => {
  stream.cancel();
  server.waiting.letGo();
  client.close();
  await server.close();
});

function callFrame(id: number, parts: Partial<NonNullable<CallFrame['call']>> = {}): CallFrame {
  const request = Buffer.from('hello');
  return { id, call: { path: echo.path, request, metadata: [], timeoutMs: 10_000, ...parts } };
}

function waitFrame(id: number, timeoutMs = 10_000): CallFrame {
  return callFrame(id, { request: Buffer.from('wait'), timeoutMs });
}

async function nextAnswers(): Promise<CarryResponse> {
  const [answers] = (await once(stream.resume(), 'data')) as [CarryResponse];
  stream.pause();
  return answers;
}

async function endOf(event: 'status' | 'error'): Promise<{ code: status; details: string }> {
  const [end] = (await once(stream.resume(), event)) as [{ code: status; details: string }];
  return end;
}

const unservable: readonly (readonly [string, Partial<NonNullable<CallFrame['call']>>, status])[] =
  [
    ['a path that is not served', { path: '/x.Y/Z' }, status.UNIMPLEMENTED],
    ['the path of a stream', { path }, status.UNIMPLEMENTED],
    ['a name of all objects', { path: '__proto__' }, status.UNIMPLEMENTED],
    ['a request that is none', { request: Buffer.of(0xff) }, status.INTERNAL],
    [
      'metadata that is none',
      { metadata: [{ key: 'a b', value: Buffer.of(10) }] },
      status.INTERNAL,
    ],
  ];
test.each(unservable)('%s fails alone', async (_, parts, code) => {
  const frames: AnswerFrame[] = [];
  stream.on('data', (message: CarryResponse) => {
    frames.push(...message.frames);
  });
  stream.write({ frames: [callFrame(7, parts), callFrame(8)] });
  stream.end();

  await expect(endOf('status')).resolves.toMatchObject({ code: status.OK });

  expect(frames).toMatchObject([
    { id: 7, outcome: { $case: 'failure', value: { code } } },
    { id: 8, outcome: { $case: 'response', value: Buffer.from('hello') } },
  ]);
});

test('a number that is given twice ends the stream, and its calls', async () => {
  stream.write({ frames: [waitFrame(1)] });
  await server.waiting.have(1);
  stream.write({ frames: [callFrame(1)] });

  await expect(endOf('error')).resolves.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'The call 1 is on its way already',
  });

  expect(server.ways).toEqual({ streamed: 1, unary: 0 });
  expect(server.waiting.takenBack).toBe(1);
});

test('so do more than 1,000 calls at once', async () => {
  stream.write({ frames: Array.from({ length: 1_001 }, (_, id) => waitFrame(id)) });

  await expect(endOf('error')).resolves.toMatchObject({ code: status.RESOURCE_EXHAUSTED });

  expect(server.ways).toEqual({ streamed: 1_000, unary: 0 });
});

test('taking back what is not on its way changes nothing', async () => {
  stream.write({ frames: [{ id: 9, call: undefined }, callFrame(10)] });

  await expect(nextAnswers()).resolves.toMatchObject({ frames: [{ id: 10 }] });

  stream.end();
  await endOf('status');
});

test('a call ends at its deadline, whatever its caller says', async () => {
  stream.write({ frames: [waitFrame(1, 50)] });

  await eventuallyPasses(() => {
    expect(server.waiting.takenBack).toBe(1);
  });

  stream.end();
  await endOf('status');
});

test('a caller that has ended its half has its answer, and the stream its end', async () => {
  stream.write({ frames: [waitFrame(1)] });
  stream.end();
  await server.waiting.have(1);
  const answers = nextAnswers();

  server.waiting.letGo();

  await expect(answers).resolves.toMatchObject({ frames: [{ id: 1 }] });
  await expect(endOf('status')).resolves.toMatchObject({ code: status.OK });
});

test('a server that stops says so, and ends the stream of a caller that does not', async () => {
  stream.write({ frames: [waitFrame(1)] });
  await server.waiting.have(1);

  const told = nextAnswers();
  const closed = server.close();
  await expect(told).resolves.toEqual({ frames: [], draining: true });
  const answers = nextAnswers();
  server.waiting.letGo();

  await expect(answers).resolves.toMatchObject({ frames: [{ id: 1 }] });
  await expect(endOf('status')).resolves.toMatchObject({ code: status.OK });
  await closed;
  await server.restart();
});

/** A stream whose caller reads an answer only when it is told to. */
class UnreadStream extends Duplex {
  readonly #unread: (() => void)[] = [];

  constructor() {
    super({ objectMode: true });
  }

  sendMetadata(): void {
    // It has none to show.
  }

  override _read(): void {
    // What is pushed is there.
  }

  override _write(_: CarryResponse, __: BufferEncoding, written: () => void): void {
    this.#unread.push(written);
  }

  readAnswers(): void {
    for (const written of this.#unread.splice(0)) {
      written();
    }
  }
}

test('who does not read answers has no more calls served, until he does', async () => {
  let served = 0;
  const serve = (): Promise<string> => {
    served += 1;
    return Promise.resolve('x'.repeat(60_000));
  };
  const { requestDeserialize, responseSerialize } = echo;
  const rpc = { requestDeserialize: (bytes: Buffer) => ({ text: requestDeserialize(bytes) }) };
  const rpcs = new Map([[echo.path, { ...rpc, responseSerialize, serve } as ServedRpc]]);
  const unread = new UnreadStream();
  new CallStreamServer(rpcs).carry(unread as never);
  for (let id = 1; id <= 300; id += 1) {
    unread.push({ frames: [callFrame(id)] });
    await nextTurn();
  }

  expect(served).toBeLessThan(100);
  while (served < 300) {
    unread.readAnswers();
    await nextTurn();
  }
  unread.destroy();
});
