import { describe, expect, test } from '@jest/globals';
import { answerHandshake, type HandshakeRequest } from './handshake.js';

const all = { protocols: ['mqtt', 'amqp'] } as const;
const amqpOnly = { protocols: ['amqp'] } as const;

/** RFC 6455 section 1.3 has this key, and what it is answered with. */
const headers = {
  host: 'h.example.net',
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'mqtt',
};

function request(
  changed: Record<string, string | undefined>,
  line: Partial<HandshakeRequest> = {},
): HandshakeRequest {
  return { method: 'GET', httpVersion: '1.1', headers: { ...headers, ...changed }, ...line };
}

/** Status and text. */
function refusalOf(asked: HandshakeRequest, route: typeof all | typeof amqpOnly = all): string {
  const { protocol, answer } = answerHandshake(asked, route);
  expect(protocol).toBeUndefined();
  const [, status = '', text = ''] = /^HTTP\/1\.1 (\d+).*\r\n\r\n(.*)$/s.exec(answer) ?? [];
  return `${status} ${text}`;
}

test('the handshake of RFC 6455 is answered as it says', () => {
  expect(answerHandshake(request({}), all)).toEqual({
    protocol: 'mqtt',
    answer:
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n',
  });
});

describe('a subprotocol', () => {
  test.each([
    ['mqtt', 'mqtt', 'mqtt'],
    ['MQTT', 'mqtt', 'MQTT'],
    ['AMQPWSB10', 'amqp', 'AMQPWSB10'],
    ['amqpwsb10', 'amqp', 'amqpwsb10'],
    ['amqp', 'amqp', 'amqp'],
    ['mqttv3.1, mqtt', 'mqtt', 'mqtt'],
    ['soap ,\tAMQPWSB10,mqtt', 'amqp', 'AMQPWSB10'],
  ])('device-mqtt 3: of %s it is %s, and named %s', (offered, protocol, name) => {
    const given = answerHandshake(request({ 'sec-websocket-protocol': offered }), all);
    expect(given.protocol).toBe(protocol);
    expect(given.answer).toContain(`\r\nSec-WebSocket-Protocol: ${name}\r\n\r\n`);
  });

  test('is the first that is spoken at the path', () => {
    const asked = request({ 'sec-websocket-protocol': 'mqtt, AMQPWSB10' });
    expect(answerHandshake(asked, amqpOnly).protocol).toBe('amqp');
  });

  test.each([undefined, '', ',', 'mqttv3.1', 'mqtt/', 'mqtt amqp'])(
    'device-mqtt 3: %s is none',
    (offered) => {
      expect(refusalOf(request({ 'sec-websocket-protocol': offered }))).toBe(
        '400 Sec-WebSocket-Protocol names nothing that is spoken here.',
      );
    },
  );

  test('of another path is none', () => {
    expect(refusalOf(request({}), amqpOnly)).toMatch(/^400 Sec-WebSocket-Protocol/);
  });
});

describe('taken all the same are', () => {
  test.each([
    ['other words of Connection', { connection: 'keep-alive, upgrade' }],
    ['another spelling', { upgrade: 'WebSocket' }],
    ['several upgrades', { upgrade: 'h2c, websocket' }],
    ['an extension', { 'sec-websocket-extensions': 'permessage-deflate' }],
    ['any origin', { origin: 'https://elsewhere.example' }],
    ['a body of no bytes', { 'content-length': '0' }],
  ])('%s', (_, changed) => {
    const given = answerHandshake(request(changed), all);
    expect(given.answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(given.answer).not.toMatch(/extensions/i);
  });
});

describe('refused is', () => {
  test.each([
    ['no key', undefined],
    ['a short key', 'dGhlIHNhbXBsZQ=='],
    ['a long key', 'dGhlIHNhbXBsZSBub25jZSE='],
    ['a key that is not Base64', 'dGhlIHNhbXBsZSBub25jZ.=='],
    ['two keys', `${headers['sec-websocket-key']}, ${headers['sec-websocket-key']}`],
    ['a key with something behind it', `${headers['sec-websocket-key']}\n`],
  ])('%s', (_, key) => {
    expect(refusalOf(request({ 'sec-websocket-key': key }))).toBe(
      '400 Sec-WebSocket-Key must be 16 bytes in Base64.',
    );
  });

  test.each([
    ['POST', { method: 'POST' }],
    ['HTTP/1.0', { httpVersion: '1.0' }],
  ])('%s', (_, line) => {
    expect(refusalOf(request({}, line))).toBe('400 A WebSocket is asked for by GET of HTTP/1.1.');
  });

  test.each([
    ['no upgrade', { upgrade: undefined }],
    ['an upgrade to something else', { upgrade: 'h2c' }],
    ['an upgrade that Connection does not name', { connection: 'keep-alive' }],
  ])('%s', (_, changed) => {
    expect(refusalOf(request(changed))).toBe('400 Only WebSockets are served here.');
  });

  test.each([
    ['a body', { 'content-length': '5' }],
    ['a body in chunks', { 'transfer-encoding': 'chunked' }],
  ])('%s', (_, changed) => {
    expect(refusalOf(request(changed))).toBe('400 The request must not have a body.');
  });

  test.each([undefined, '8', '12', '13, 13', '013'])('version %s', (version) => {
    const { answer } = answerHandshake(request({ 'sec-websocket-version': version }), all);
    expect(answer).toBe(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Connection: close, Upgrade\r\nContent-Type: text/plain\r\nContent-Length: 31\r\n\r\n' +
        'The version of WebSocket is 13.',
    );
  });
});
