import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { EventRequest } from './event-request.js';

interface Request {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const payload = Buffer.alloc(200, 'x');
const options = { device: { id: 'd1', token: 'SharedAccessSignature s' }, host: 'hub', payload };
const id = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;

const requests: Request[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method, url, headers } = request;
    void buffer(request).then((body) => {
      requests.push({ target: `${method} ${url}`, headers, body });
      response.writeHead(204).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

beforeEach(() => {
  requests.length = 0;
});

afterAll(() => {
  server.close();
});

/** To a server of HTTP that others wrote. */
async function send(bytes: Buffer): Promise<readonly Request[]> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(bytes);
  socket.resume();
  await once(socket, 'close');
  return requests;
}

test('an event is the body, and what it bears are headers', async () => {
  const template = EventRequest.ofOne({ ...options, hasProperties: true });

  const [first, second] = await send(template.messages([1, 2]));

  expect(first).toEqual({
    target: 'POST /devices/d1/messages/events?api-version=2021-04-12',
    headers: {
      'iothub-to': '/devices/d1/messages/events',
      'user-agent': 'azure-iot-device/1.18.4 (bench)',
      authorization: 'SharedAccessSignature s',
      'iothub-messageid': id(1),
      'iothub-contenttype': 'application/json',
      'iothub-contentencoding': 'utf-8',
      'iothub-app-temperaturealert': 'true',
      'iothub-app-line': '7',
      host: 'hub',
      connection: 'keep-alive',
      'content-length': '200',
    },
    body: payload,
  });
  expect(second?.headers['iothub-messageid']).toBe(id(2));
});

test('without properties an event bears none', async () => {
  const template = EventRequest.ofOne({ ...options, hasProperties: false });

  const [request] = await send(template.messages([1]));

  expect(Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('iothub-'))).toEqual([
    'iothub-to',
  ]);
});

test('a batch is JSON, and each of its messages has an id of its own, over all requests', async () => {
  const template = EventRequest.ofBatch({ ...options, hasProperties: true }, 3);

  const batches = await send(template.messages([1, 2]));

  const messages = batches.map(({ body }) => JSON.parse(body.toString()) as unknown);
  const message = (number: number): unknown => ({
    body: payload.toString('base64'),
    properties: {
      'iothub-messageid': id(number),
      'iothub-contenttype': 'application/json',
      'iothub-contentencoding': 'utf-8',
      'iothub-app-temperatureAlert': 'true',
      'iothub-app-line': '7',
    },
  });
  expect(messages).toEqual([[1, 2, 3].map(message), [4, 5, 6].map(message)]);
  expect(batches[0]?.headers['content-type']).toBe('application/vnd.microsoft.iothub.json');
});

test('a batch of 100 messages of 200 bytes is not more than a request may be', () => {
  const template = EventRequest.ofBatch({ ...options, hasProperties: true }, 100);

  expect(template.messages([1]).length).toBeLessThan(256 * 1_024);
});
