/** Sizes of headers and bodies: what is too large is told so, however slow the machine is to take it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiVersion, askAs, sendRaw } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

const megabyte = 1024 * 1024;
let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = `Host: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
});

afterAll(async () => {
  await api.stop();
});

test.each([
  ['header', `GET /devices HTTP/1.1\r\nHost: hub\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`],
  ['path', `GET /devices/${'x'.repeat(17_000)} HTTP/1.1\r\nHost: hub\r\n\r\n`],
])('a %s of more than 16 KiB is told 431', async (_, bytes) => {
  const { statuses, text } = await sendRaw(api, bytes);

  expect(statuses).toEqual([431]);
  expect(text).toMatch(/^iothub-errorcode: \w+\r$/m);
});

test('a body of 1 MiB is read', async () => {
  const body = `{"deviceId":"full","x":"${'x'.repeat(megabyte - 30)}"}`;

  expect(
    (await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/full', body })).status,
  ).toBe(200);
});

test.each([
  ['a length of 2 MiB', `Content-Length: ${2 * megabyte}\r\n\r\n`, 2],
  ['a length of 10 TB', `Content-Length: 10000000000000\r\n\r\n`, 2],
  ['chunks without end', `Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n`, 5],
])('a body with %s is told 413, and its connection ends', async (_, header, megabytes) => {
  const head = `PUT /devices/huge?${apiVersion} HTTP/1.1\r\n${owner}${header}`;
  const { statuses, text } = await sendRaw(api, head, Buffer.alloc(megabytes * megabyte, ' '));

  expect(statuses).toEqual([413]);
  expect(text).toMatch(/^connection: close\r$/im);
  expect(text).toMatch(/^iothub-errorcode: GenericRequestEntityTooLarge\r$/m);
});
