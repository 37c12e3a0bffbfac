import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FrontDoor, readToEnd, server, statusesOf } from './support/front-door.js';
import { StandInApi } from './support/stand-in-api.js';

let api: StandInApi;
let door: FrontDoor;
/** Method, target and length of the body of each request, as the api has read them. */
let read: string[];

beforeAll(async () => {
  const options = { maxHeaderSize: 128 * 1024, requireHostHeader: false };
  const http = createServer(options, (request, response) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => (length += chunk.length));
    request.once('end', () => {
      read.push(`${request.method} ${request.url} ${length}`);
      response.end('ok');
    });
  });
  api = await StandInApi.start(server, (socket) => http.emit('connection', socket));
  door = await FrontDoor.start({ api: api.address });
});

afterAll(async () => {
  await door.stop();
  api.stop();
});

const post = 'POST /a HTTP/1.1\r\nHost: h\r\n';
const next = 'GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';

/** Statuses that the client sees, and what the api saw. */
async function outcomeOf(bytes: string): Promise<{ statuses: number[]; seen: string[] }> {
  read = [];
  const statuses = statusesOf(await door.send(bytes));
  return { statuses, seen: read };
}

test.each([
  ['a length and chunks', `${post}Content-Length: 30\r\n${chunked}\r\n0\r\n\r\n${next}`],
  ['two lengths', `${post}Content-Length: 0\r\nContent-Length: 5\r\n\r\n${next}`],
  ['one length twice', `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n${next}`],
  ['a length with a sign', `${post}Content-Length: +5\r\n\r\nabcde${next}`],
  ['a space before the colon', `${post}Content-Length : 5\r\n\r\nabcde${next}`],
  ['a folded field', `${post}X: a\r\n Content-Length: 5\r\n\r\nabcde${next}`],
  ['bare line feeds', `POST /a HTTP/1.1\nHost: h\nContent-Length: 0\n\n${next}`],
  ['a coding that is nearly chunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${next}`],
  ['chunks that are not the last coding', `${post}${chunked}Transfer-Encoding: x\r\n\r\n${next}`],
  ['a chunk whose line ends with a line feed', `${post}${chunked}\r\n3\nabc\r\n0\r\n\r\n${next}`],
  ['a chunk longer than it says', `${post}${chunked}\r\n3\r\nabcd\r\n0\r\n\r\n${next}`],
  [
    'a field of framing behind the chunks',
    `${post}${chunked}\r\n0\r\nContent-Length: 5\r\n\r\n${next}`,
  ],
  ['another field of framing behind them', `${post}${chunked}\r\n0\r\n${chunked}\r\n${next}`],
  ['no version', `GET /a\r\n${next}`],
])('%s: refused, and nothing behind it is a request', async (_, bytes) => {
  const { statuses, seen } = await outcomeOf(bytes);

  expect(statuses).toEqual([400]);
  expect(seen).not.toContain('GET /next 0');
});

test('behind a request of another version nothing is a request', async () => {
  const { seen } = await outcomeOf(`GET /a HTTP/2.0\r\nHost: h\r\n\r\n${next}`);

  expect(seen).not.toContain('GET /next 0');
});

test.each([
  [
    'Host twice',
    `POST /a HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 2\r\n\r\nab`,
    'POST /a 2',
  ],
  ['a host in the target', `POST http://x/a HTTP/1.1\r\nHost: h\r\n\r\n`, 'POST http://x/a 0'],
  [
    'a length hidden by Connection',
    `${post}Connection: Content-Length\r\nContent-Length: 2\r\n\r\nab`,
    'POST /a 2',
  ],
  [
    'chunks hidden by Connection',
    `${post}Connection: Transfer-Encoding\r\n${chunked}\r\n2\r\nab\r\n0\r\n\r\n`,
    'POST /a 2',
  ],
  [
    'a coding before chunks',
    `${post}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
    'POST /a 2',
  ],
  ['extensions of chunks', `${post}${chunked}\r\n2;a=b\r\nab\r\n0\r\n\r\n`, 'POST /a 2'],
  ['a body of GET', 'GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab', 'GET /a 2'],
  [
    'chunks of DELETE',
    `DELETE /a HTTP/1.1\r\nHost: h\r\n${chunked}\r\n2\r\nab\r\n0\r\n\r\n`,
    'DELETE /a 2',
  ],
  ['empty lines before', `\r\n\r\n${post}Content-Length: 2\r\n\r\nab`, 'POST /a 2'],
])('%s: client, gateway and api agree where it ends', async (_, bytes, seen) => {
  const outcome = await outcomeOf(bytes + next);

  expect(outcome).toEqual({ statuses: [200, 200], seen: [seen, 'GET /next 0'] });
});

// Of controls, separators, what no name may hold, and what is not ASCII.
test.each([0, 1, 9, 10, 13, 31, 32, 34, 35, 44, 58, 59, 64, 92, 123, 127, 128, 160, 255])(
  'byte %i in a target, a name and a value: read alike by all, or refused',
  async (byte) => {
    const character = String.fromCharCode(byte);
    const last = 'Connection: close\r\n\r\n';
    const requests = [
      `GET /a${character}b HTTP/1.1\r\nHost: h\r\n${last}`,
      `GET /a HTTP/1.1\r\nHost: h\r\nX${character}Y: z\r\n${last}`,
      `GET /a HTTP/1.1\r\nHost: h\r\nX: y${character}z\r\n${last}`,
    ];
    const outcomes = await Promise.all(requests.map((bytes) => door.send(bytes)));

    for (const text of outcomes) {
      expect([[200], [400]]).toContainEqual(statusesOf(text));
    }
  },
);

test.each([
  [40 * 1024, 200],
  [80 * 1024, 431],
])('device-https 48: %i bytes of header are answered with %i', async (bytes, status) => {
  const fields = Array.from({ length: bytes / 1024 }, (_, at) => `X-${at}: ${'x'.repeat(1_000)}`);
  const text = await door.send(
    `GET /a HTTP/1.1\r\nHost: h\r\n${fields.join('\r\n')}\r\n`,
    'Connection: close\r\n\r\n',
  );

  expect(statusesOf(text)).toEqual([status]);
});

test('990 fields are passed on, none of them left out; of 1,000 none is', async () => {
  const fields = (length: number): string =>
    Array.from({ length }, (_, at) => `x${at}: \r\n`).join('');
  expect((await outcomeOf(`${post}${fields(990)}Content-Length: 2\r\n\r\nab${next}`)).seen).toEqual(
    [...['POST /a 2', 'GET /next 0']],
  );
  const { seen, statuses } = await outcomeOf(
    `${post}${fields(1_000)}Content-Length: 2\r\n\r\nab${next}`,
  );
  expect([seen, statuses]).toEqual([[], [431]]);
});

test('device-https 47: HTTP/2 is not offered', async () => {
  const socket = await door.dial({ ALPNProtocols: ['h2', 'http/1.1'] });
  expect(socket.alpnProtocol).toBe('http/1.1');
  socket.end();
  await readToEnd(socket);
});
