/** Bytes that no SDK sends: each is refused with a code or ends its own connection, and no other. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { apiVersion, ask, askAs, dial, readToEnd, sendRaw } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

const put = `PUT /devices/raw?${apiVersion} HTTP/1.1\r\n`;
const get = `GET /devices?${apiVersion} HTTP/1.1\r\n`;
const closing = 'Connection: close\r\n';
let api: TestApi;
/** Host and Authorization of an owner. */
let owner: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = `Host: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
});

afterEach(async () => {
  // Whatever was sent: others are served.
  expect((await askAs(api, 'iothubowner', { path: '/devices' })).status).toBe(200);
});

afterAll(async () => {
  await api.stop();
});

test.each([
  [
    'Content-Length and Transfer-Encoding',
    'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'Transfer-Encoding and Content-Length',
    'Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  ],
  ['Content-Length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['two lengths in one', 'Content-Length: 2, 2\r\n\r\n{}'],
  ['a length with a sign', 'Content-Length: +2\r\n\r\n{}'],
  ['a length that is none', 'Content-Length: two\r\n\r\n{}'],
  ['a coding that is not chunked', 'Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['chunked not last', 'Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a line folded', 'X-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}'],
  ['a bare line feed', 'X-Split: a\nContent-Length: 2\r\n\r\n{}'],
  ['a bare carriage return', 'X-Split: a\rContent-Length: 2\r\n\r\n{}'],
  ['a zero byte', 'X-Zero: a\0b\r\nContent-Length: 2\r\n\r\n{}'],
  ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
  [
    'a length in the trailer',
    'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n',
  ],
])('smuggling: %s is 400 and ends the connection', async (_, rest) => {
  const { statuses, text } = await sendRaw(api, put + owner + rest, get + owner + '\r\n');

  expect(statuses).toEqual([400]);
  expect(text).toMatch(/^connection: close\r$/im);
  expect(text).toMatch(/^iothub-errorcode: GenericBadRequest\r$/m);
});

test.each([
  ['bare line feeds throughout', `GET /devices HTTP/1.1\nHost: hub\n\n`],
  ['HTTP/2 without agreement', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown method', 'BREW /devices HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['a space in the path', 'GET /devices/a b HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['a control character in the path', 'GET /devices/a\x01b HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['bytes beyond ASCII in the path', 'GET /devices/\xff\xc3\xa9 HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['no Host', 'GET /devices HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two Hosts', 'GET /devices HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
  ['an empty Host', `GET /devices HTTP/1.1\r\nHost: \r\n${closing}\r\n`],
  ['a Host with a path', `GET /devices HTTP/1.1\r\nHost: a/b?\r\n${closing}\r\n`],
  ['a Host with a user', `GET /devices HTTP/1.1\r\nHost: a@b\r\n${closing}\r\n`],
  ['a Host with two ports', `GET /devices HTTP/1.1\r\nHost: a:1:2\r\n${closing}\r\n`],
])('%s: 400', async (_, bytes) => {
  const { statuses, text } = await sendRaw(api, Buffer.from(bytes, 'latin1'));

  expect(statuses).toEqual([400]);
  expect(text).toContain('"Message":"ErrorCode:GenericBadRequest;');
});

test('a coding besides chunked is 415', async () => {
  const rest = 'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';

  expect((await sendRaw(api, put + owner + closing + rest)).statuses).toEqual([415]);
});

test('the absolute form of a target means its path', async () => {
  const target = get.replace(' /', ' https://another.example/');
  const { statuses } = await sendRaw(api, target + owner + closing + '\r\n');

  expect(statuses).toEqual([200]);
});

test.each(['CONNECT hub:443', 'CONNECT /devices'])('%s only ends its connection', async (line) => {
  const { text } = await sendRaw(api, `${line} HTTP/1.1\r\nHost: hub\r\n\r\n`);

  expect(text === '' || text.startsWith('HTTP/1.1 400')).toBe(true);
});

test('an upgrade is not taken, the request is', async () => {
  const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n';

  expect((await sendRaw(api, get + owner + upgrade)).statuses).toEqual([200]);
});

test('Expect: 100-continue is answered when the body is wanted, and only then', async () => {
  const expecting = `${closing}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
  const path = put.replace('raw', 'expected');
  const wanted = await sendRaw(api, path + owner + expecting, '{}');
  const unauthorised = await sendRaw(api, `${put}Host: hub\r\n${expecting}`);
  const unknown = await sendRaw(api, path + owner + expecting.replace('100-continue', 'tea'), '{}');

  expect(wanted.statuses).toEqual([100, 200]);
  expect(unauthorised.statuses).toEqual([401]);
  expect(unknown.statuses).toEqual([409]);
});

test('a refused request whose body was never sent ends its connection', async () => {
  const socket = await dial(api);
  socket.write(`${put}Host: hub\r\nExpect: 100-continue\r\nContent-Length: 90\r\n\r\n`);

  expect((await readToEnd(socket)).text).toMatch(/^connection: close\r$/im);
});

test('pipelined requests are answered in their order', async () => {
  const one = `GET /devices/nobody?${apiVersion} HTTP/1.1\r\n${owner}\r\n`;
  const last = `GET /nope HTTP/1.1\r\n${owner}${closing}\r\n`;

  expect((await sendRaw(api, one + get + owner + '\r\n' + one + last)).statuses).toEqual([
    404, 200, 404, 404,
  ]);
});

test('garbage behind a request is never taken for its answer', async () => {
  const { statuses } = await sendRaw(api, get + owner + '\r\n' + 'GARBAGE\r\n\r\n');

  expect(statuses).toEqual([]);
});

test('more requests at once than a client has reason for end the connection', async () => {
  const { statuses } = await sendRaw(api, (get + owner + '\r\n').repeat(100));

  expect(statuses.length).toBeLessThan(100);
});

describe.each(['PUT /devices/json', 'PUT /devices/json/modules/m'])(
  'the body of %s',
  (operation) => {
    const [method = '', path = ''] = operation.split(' ');

    test.each([
      ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
      ['an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
      ['half a character', Buffer.from([0x22, 0xe2, 0x82])],
      ['UTF-16', Buffer.from('{}', 'utf16le')],
      ['no JSON', Buffer.from("{'deviceId':'json'}")],
      ['half an object', Buffer.from('{"deviceId":"json"')],
      ['more than an object', Buffer.from('{}{}')],
      ['an array', Buffer.from('[]')],
      ['a text', Buffer.from('"{}"')],
      ['a number', Buffer.from('1e999')],
      ['null', Buffer.from('null')],
      ['nesting without end', Buffer.from('['.repeat(500_000))],
      ['deep nesting', Buffer.from('['.repeat(200_000) + ']'.repeat(200_000))],
    ])('that is %s is 400004', async (_, body) => {
      const head = `${method} ${path}?${apiVersion} HTTP/1.1\r\n${owner}${closing}`;
      const { statuses, text } = await sendRaw(
        api,
        `${head}Content-Length: ${body.length}\r\n\r\n`,
        body,
      );

      expect(statuses).toEqual([400]);
      expect(text).toMatch(/^iothub-errorcode: ArgumentInvalid\r$/m);
    });
  },
);

test('depth in a member that the hub does not know does no harm', async () => {
  const depth = 100_000;
  const body = `{"x":${'{"x":'.repeat(depth)}1${'}'.repeat(depth)}}`;

  expect(
    (await askAs(api, 'iothubowner', { method: 'PUT', path: '/devices/deep', body })).status,
  ).toBe(200);
});

test('members with the names of inherited ones reach nothing', async () => {
  const body =
    '{"constructor":{"prototype":{"status":"disabled","isAdmin":true}},"toString":1,"hasOwnProperty":null}';
  const { status, json } = await askAs(api, 'iothubowner', {
    method: 'PUT',
    path: '/devices/proto',
    body,
  });

  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'enabled', capabilities: { iotEdge: false } });
  expect({}).not.toHaveProperty('isAdmin');
});

test.each([
  '{"__proto__":{"status":"disabled"}}',
  '{"capabilities":{"__proto__":{"iotEdge":true}}}',
])('%s is refused', async (body) => {
  const { status, json } = await askAs(api, 'iothubowner', {
    ...{ method: 'PUT', path: '/devices/proto', body },
  });

  expect(status).toBe(400);
  expect(json.Message).toContain('no member of it may be named __proto__');
});

test.each([
  ['/devices/..', 404],
  ['/devices/../statistics/devices', 404],
  ['/devices/%2e%2e/%2e%2e/etc/passwd', 404],
  ['/devices/..%2f..%2fetc%2fpasswd', 400],
  ['/devices/a%2fmodules%2fb', 400],
  ['/devices/__proto__', 404],
  ['/devices/constructor', 404],
  ['/devices/a/modules/__proto__', 404],
  ['/devices/%00', 400],
  ['/devices/%0d%0aSet-Cookie:x', 400],
  ['/devices/a;x=1', 404],
])('%s leads nowhere else', async (path, status) => {
  const head = `GET ${path}?${apiVersion} HTTP/1.1\r\n`;
  const answer = await sendRaw(api, head + owner + closing + '\r\n');

  expect(answer.statuses).toEqual([status]);
  expect(answer.text).not.toMatch(/set-cookie/i);
});

test('random bytes in place of a request are refused or wait, nothing else', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 400 }).map((array) => Buffer.from(array)),
    fc
      .array(
        fc.constantFrom(
          'GET ',
          '/',
          'devices',
          ' HTTP/1.1',
          '\r\n',
          '\n',
          ':',
          'Host: h',
          '%',
          '\0',
          'Content-Length: 1',
          'é',
        ),
      )
      .map((parts) => Buffer.from(parts.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      const socket = await dial(api);
      socket.end(sent);
      const { statuses } = await readToEnd(socket);

      expect(statuses.every((status) => [400, 401, 404, 405].includes(status))).toBe(true);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('plain HTTP on the port of TLS ends its own connection', async () => {
  await expect(
    fetch(`http://127.0.0.1:${api.port}/devices`).then(({ status }) => status),
  ).rejects.toThrow();
  expect((await ask(api, { path: '/nope' })).status).toBe(404);
});
