import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ask } from '../supervisor/wait-until-ready.js';
import { kafkaProbe, readinessProbe, redisProbe, tcpProbe } from './probes.js';

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

async function asked(probe: Parameters<typeof ask>[0]): Promise<boolean> {
  return ask(probe, new AbortController().signal, 200);
}

test('a port that nobody listens on is not ready', async () => {
  await close(server);

  expect(await asked(tcpProbe(endpoint))).toBe(false);
  expect(await asked(redisProbe(endpoint, 'pw'))).toBe(false);
  expect(await asked(kafkaProbe(endpoint))).toBe(false);
  expect(await asked(readinessProbe(endpoint))).toBe(false);
});

test('a server that accepts and stays silent is not ready', async () => {
  answerTo = () => undefined;

  expect(await asked(redisProbe(endpoint, 'pw'))).toBe(false);
  expect(await asked(kafkaProbe(endpoint))).toBe(false);
  expect(await asked(readinessProbe(endpoint))).toBe(false);
});

test('of a given engine it is enough that it accepts', async () => {
  expect(await asked(tcpProbe(endpoint))).toBe(true);
});

test('Redis is ready when it takes the password and answers', async () => {
  answerTo = (question) =>
    question.toString().startsWith('AUTH pw\r\n') ? '+OK\r\n+PONG\r\n' : '';

  expect(await asked(redisProbe(endpoint, 'pw'))).toBe(true);
});

test('Redis that loads its file, or knows another password, is not ready', async () => {
  answerTo = () => '+OK\r\n-LOADING Redis is loading the dataset in memory\r\n';
  expect(await asked(redisProbe(endpoint, 'pw'))).toBe(false);

  answerTo = () => '-WRONGPASS invalid\r\n-NOAUTH required\r\n';
  expect(await asked(redisProbe(endpoint, 'pw'))).toBe(false);
});

/** Size, correlation id and number of brokers, as a Metadata response begins. */
function metadata(brokers: number): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeInt32BE(8, 0);
  frame.writeInt32BE(1, 4);
  frame.writeInt32BE(brokers, 8);
  return frame;
}

test('Kafka is ready when its metadata names a broker', async () => {
  answerTo = (question) => (question.readInt16BE(4) === 3 ? metadata(1) : undefined);
  expect(await asked(kafkaProbe(endpoint))).toBe(true);

  answerTo = () => metadata(0);
  expect(await asked(kafkaProbe(endpoint))).toBe(false);
});

test.each([
  [200, true],
  [503, false],
])('a service that answers %i is ready: %s', async (status, isReady) => {
  const service = createHttpServer((request, response) => {
    response.writeHead(request.url === '/healthz/ready' ? status : 404).end();
  });
  const probe = readinessProbe(await listen(service));

  expect(await asked(probe)).toBe(isReady);
  await close(service);
});
