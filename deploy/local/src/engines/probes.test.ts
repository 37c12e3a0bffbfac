import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask } from '../supervisor/wait-until-ready.js';
import { kafkaProbe } from './kafka-probe.js';
import { readinessProbe, redisProbe, tcpProbe } from './probes.js';

/** What the server says to a question; nothing: it stays silent. */
let answerTo: (question: Buffer) => Buffer | string | undefined;
let server: Server;
let endpoint: { readonly host: string; readonly port: number };

beforeEach(async () => {
  server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (question) => {
      const answer = answerTo(question);
      if (answer !== undefined) {
        socket.write(answer);
      }
    });
  });
  endpoint = await listen(server);
});

afterEach(async () => {
  await close(server);
});

async function listen(target: Server): Promise<typeof endpoint> {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  return { host: '127.0.0.1', port: (target.address() as AddressInfo).port };
}

async function close(target: Server): Promise<void> {
  if (target.listening) {
    target.close();
    await once(target, 'close');
  }
}

/** @returns nothing when it is ready, else the reason */
async function asked(probe: Parameters<typeof ask>[0]): Promise<string | undefined> {
  return ask(probe, new AbortController().signal, 200);
}

test('a port that nobody listens on is not ready', async () => {
  await close(server);

  for (const probe of [tcpProbe, kafkaProbe, readinessProbe]) {
    expect(await asked(probe(endpoint))).toContain('connect ECONNREFUSED');
  }
});

test('a server that accepts and stays silent is not ready', async () => {
  answerTo = () => undefined;

  for (const probe of [
    redisProbe(endpoint, 'pw'),
    kafkaProbe(endpoint),
    readinessProbe(endpoint),
  ]) {
    expect(await asked(probe)).toBe('no answer within 0.2 s');
  }
});

test('of a given engine it is enough that it accepts', async () => {
  expect(await asked(tcpProbe(endpoint))).toBeUndefined();
});

test('Redis is ready when it takes the password and answers', async () => {
  answerTo = (question) =>
    question.toString().startsWith('AUTH pw\r\n') ? '+OK\r\n+PONG\r\n' : '';

  expect(await asked(redisProbe(endpoint, 'pw'))).toBeUndefined();
});

test('Redis that loads its file, or knows another password, says so', async () => {
  answerTo = () => '+OK\r\n-LOADING Redis is loading the dataset in memory\r\n';
  expect(await asked(redisProbe(endpoint, 'pw'))).toContain('-LOADING');

  answerTo = () => '-WRONGPASS invalid\r\n-NOAUTH required\r\n';
  expect(await asked(redisProbe(endpoint, 'pw'))).toContain('-WRONGPASS');
});

/** A response with its size and correlation id before it. */
function response(body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length);
  return Buffer.concat([head, body]);
}

/** As a Metadata response begins: the number of brokers. */
function metadata(brokers: number): Buffer {
  return response(Buffer.from([0, 0, 0, brokers]));
}

/** InitProducerId: throttle time, error code, producer id and epoch. */
function producerId(errorCode: number): Buffer {
  return response(Buffer.from([0, 0, 0, 0, 0, errorCode, ...Array<number>(10).fill(0)]));
}

test('Kafka is ready when it names a broker and hands out producer ids', async () => {
  answerTo = () => Buffer.concat([metadata(1), producerId(0)]);
  expect(await asked(kafkaProbe(endpoint))).toBeUndefined();

  answerTo = () => Buffer.concat([metadata(0), producerId(0)]);
  expect(await asked(kafkaProbe(endpoint))).toBe('it knows no broker yet');

  const coordinatorLoadInProgress = 14;
  answerTo = () => Buffer.concat([metadata(1), producerId(coordinatorLoadInProgress)]);
  expect(await asked(kafkaProbe(endpoint))).toBe('it hands out no producer ids yet');
});

test('Kafka is asked in its own words', async () => {
  const questions: Buffer[] = [];
  answerTo = (question) => {
    questions.push(question);
    return Buffer.concat([metadata(1), producerId(0)]);
  };

  await asked(kafkaProbe(endpoint));

  const clientId = '000f6c696e636870696e2d72756e6e6572';
  expect(Buffer.concat(questions).toString('hex')).toBe(
    `0000001d0003000100000003${clientId}00000000` +
      `0000001f0016000000000016${clientId}ffff000003e8`,
  );
});

test('an answer in pieces is awaited', async () => {
  const answer = Buffer.concat([metadata(1), producerId(0)]);
  let sent = 0;
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    socket.on('error', () => undefined).resume();
    const timer = setInterval(() => {
      socket.write(answer.subarray(sent, (sent += 5)));
    }, 1);
    socket.on('close', () => {
      clearInterval(timer);
    });
  });

  expect(await asked(kafkaProbe(endpoint))).toBeUndefined();
});

test.each([
  [200, undefined],
  [503, '{"registry":"no connection"}'],
])('a service that answers %i: %s', async (status, whyNot) => {
  const service = createHttpServer((request, response) => {
    response.writeHead(request.url === '/healthz/ready' ? status : 404);
    response.end('{"registry":"no connection"}\n');
  });
  const probe = readinessProbe(await listen(service));

  expect(await asked(probe)).toBe(whyNot);
  await close(service);
});
