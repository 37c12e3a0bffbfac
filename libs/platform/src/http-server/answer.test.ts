import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { failureHeaders, sendAnswer } from './answer.js';

const server = createServer();

afterEach(() => {
  server.close();
});

/** All that comes back, the date left out, when the client says no more. */
async function answerTo(
  sent: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  server.once('request', answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.end(sent);
  return (await text(client)).replace(/Date: .*?\r\n/, '');
}

const headers = ['ETag', '"e"', 'iothub-app-A', '1', 'iothub-app-a', '2', 'ContentType', 'x'];

test('names of headers go out as they are spelled, and each value by itself', async () => {
  const got = await answerTo('GET / HTTP/1.1\r\nHost: h\r\n\r\n', (request, response) => {
    sendAnswer({ request, response }, { status: 200, headers, body: Buffer.from('body') });
  });

  expect(got).toBe(
    'HTTP/1.1 200 OK\r\nETag: "e"\r\niothub-app-A: 1\r\niothub-app-a: 2\r\nContentType: x\r\n' +
      'Content-Length: 4\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nbody',
  );
});

test('those that the response has been given go out, too', async () => {
  const got = await answerTo('GET / HTTP/1.1\r\nHost: h\r\n\r\n', (request, response) => {
    response.setHeader('X-First', '1');
    response.setHeader('Connection', 'close');
    sendAnswer({ request, response }, { status: 204, headers: ['ETag', '"e"'], body: Buffer.of() });
  });

  expect(got).toBe(
    'HTTP/1.1 204 No Content\r\nX-First: 1\r\nConnection: close\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n',
  );
});

test('a body that is still to come ends its connection', async () => {
  const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n';
  const got = await answerTo(chunked, (request, response) => {
    sendAnswer({ request, response }, { status: 204, headers: [], body: Buffer.of() });
  });

  expect(got).toContain('\r\nConnection: close\r\n');
});

test.each([
  [new HubError('DeviceNotFound', 'x'), [['iothub-errorcode', 'DeviceNotFound']]],
  [
    new HubError('ThrottlingException', 'x', { retryAfterMs: 1_001 }),
    [
      ['iothub-errorcode', 'ThrottlingException'],
      ['Retry-After', '2'],
    ],
  ],
  [
    new HubError('MessageTooLarge', 'x'),
    [
      ['iothub-errorcode', 'MessageTooLarge'],
      ['Connection', 'close'],
    ],
  ],
])('headers tell of %s', (error, expected) => {
  expect(failureHeaders(error)).toEqual(expected);
});
