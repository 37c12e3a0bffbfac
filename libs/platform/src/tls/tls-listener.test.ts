import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BlockList, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClientSource } from '@linchpin/auth';
import {
  eventually,
  extensionOf,
  issueCertificate,
  localProxyHeader,
  proxyHeaderFor,
} from '@linchpin/testing';
import { shownCertificates } from './shown-certificates.js';
import { TlsListener, type ClientPlace, type TlsListenerOptions } from './tls-listener.js';

const server = issueCertificate({ subject: 'h.example.net' });

/** The balancer is 127.0.0.2; whoever comes from elsewhere speaks for itself. */
const balancer = '127.0.0.2';
const proxies = new BlockList();
proxies.addAddress(balancer);

let listener: TlsListener<ClientPlace>;
/** Whose handshake is done. */
let clients: ClientSource[];
/** Addresses and reasons. */
let turnedAway: string[];
/** Addresses of those who have a place. */
let places: string[];
let dialled: Socket[];

beforeEach(() => {
  [clients, turnedAway, places, dialled] = [[], [], [], []];
});

afterEach(async () => {
  listener.stopAccepting();
  dialled.forEach((socket) => socket.destroy());
  await eventually(() => places.length === 0);
});

async function listen(options: Partial<TlsListenerOptions<ClientPlace>> = {}): Promise<void> {
  listener = new TlsListener({
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificates: { secureContextOptions: { cert: server.certificate, key: server.key } },
    asksForCertificate: false,
    proxies,
    unnamedMax: 2,
    handshakeTimeoutMs: 60_000,
    admission: { enter },
    onClient: (socket, client) => {
      socket.on('error', () => undefined).pipe(socket);
      clients.push(client);
    },
    onTurnedAway: (address, reason, detail) => {
      turnedAway.push([address, reason, detail].filter((word) => word !== undefined).join(' '));
    },
    ...options,
  });
  await listener.listen();
}

function enter(address: string): ClientPlace {
  places.push(address);
  return {
    ended: () => {
      places.splice(places.indexOf(address), 1);
    },
  };
}

async function dial(from = '127.0.0.1'): Promise<Socket> {
  const [port = 0] = listener.ports;
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => undefined);
  dialled.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function shakeHands(socket: Socket, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const checkServerIdentity = () => undefined;
  const secured = connectTls({ socket, ca: server.certificate, checkServerIdentity, ...options });
  secured.on('error', () => undefined);
  await once(secured, 'secureConnect');
  // With TLS 1.3 the client is done before the server.
  await answerOf(secured);
  return secured;
}

/** Issued one by another, `bytes` all together. */
function chainOf(bytes: number): { cert: string; key: string } {
  const length = 8;
  const filler = extensionOf('1.3.6.1.4.1.55555.1', false, Buffer.alloc(bytes / length));
  const chain = [issueCertificate({ subject: 'Root', authority: true, extensions: [filler] })];
  while (chain.length < length) {
    const [issuer] = chain;
    const subject = `CA ${chain.length}`;
    chain.unshift(
      issueCertificate({ subject, authority: true, issuer: issuer!, extensions: [filler] }),
    );
  }
  return { cert: chain.map(({ certificate }) => certificate).join(''), key: chain[0]!.key };
}

/** What the server echoes. */
async function answerOf(socket: TLSSocket): Promise<string> {
  socket.write('hello');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

/** Bytes that anybody may send first, instead of a handshake or in front of one. */
async function send(from: string, bytes: Buffer): Promise<Socket> {
  const socket = await dial(from);
  socket.write(bytes);
  return socket;
}

describe('a client is who', () => {
  test('it comes from', async () => {
    await listen();
    await shakeHands(await dial('127.0.0.3'));
    expect(clients).toEqual([{ address: '127.0.0.3', tlsVersion: '1.3' }]);
    expect(places).toEqual(['127.0.0.3']);
  });

  test.each([
    ['by IPv4', proxyHeaderFor('192.0.2.1'), '192.0.2.1'],
    ['by IPv6', proxyHeaderFor('2001:db8::7'), '2001:db8:0:0:0:0:0:7'],
    ['itself', localProxyHeader, balancer],
  ])('its balancer says: %s', async (_, header, address) => {
    await listen();
    await shakeHands(await send(balancer, header), { maxVersion: 'TLSv1.2' });
    expect(clients).toEqual([{ address, tlsVersion: '1.2' }]);
    expect(places).toEqual([address]);
  });
});

describe('turned away is', () => {
  test('who may not speak for others', async () => {
    await listen();
    await once(await send('127.0.0.3', proxyHeaderFor('192.0.2.1')), 'close');
    expect(turnedAway).toEqual(['127.0.0.3 handshake-failed wrong version number']);
  });

  test('who speaks no version of TLS that is spoken here, with the reason', async () => {
    await listen({
      certificates: {
        secureContextOptions: { cert: server.certificate, key: server.key, minVersion: 'TLSv1.3' },
      },
    });
    await expect(shakeHands(await dial(), { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect(turnedAway).toEqual(['127.0.0.1 handshake-failed unsupported protocol']);
  });

  test('who does not trust the certificate and says so, with its alert', async () => {
    await listen();
    const [port = 0] = listener.ports;
    const to = ['-connect', `127.0.0.1:${port}`, '-verify_return_error'];
    const client = spawn('openssl', ['s_client', ...to], { stdio: 'ignore' });
    await once(client, 'exit');
    await eventually(() => turnedAway.length > 0);
    expect(turnedAway).toEqual(['127.0.0.1 handshake-failed tlsv1 alert unknown ca']);
  });

  test('who does not trust the certificate and hangs up; but not who says nothing at all', async () => {
    await listen();
    (await dial()).end();
    const [port = 0] = listener.ports;
    const client = connectTls({ host: '127.0.0.1', port });
    await expect(once(client, 'secureConnect')).rejects.toThrow('self-signed');
    await send(balancer, proxyHeaderFor('192.0.2.1')).then((socket) => socket.end());
    await eventually(() => turnedAway.length > 0 && places.length === 0);
    expect(turnedAway).toEqual(['127.0.0.1 handshake-broken-off']);
  });

  test('a balancer that does not say for whom it speaks', async () => {
    await listen();
    await expect(shakeHands(await dial(balancer))).rejects.toThrow();
    expect(turnedAway).toEqual([`${balancer} proxy-header`]);
  });

  test.each([0, 20])('a balancer that says %i bytes of it', async (length) => {
    await listen({ handshakeTimeoutMs: 50 });
    await once(await send(balancer, proxyHeaderFor('192.0.2.1').subarray(0, length)), 'close');
    expect(turnedAway).toEqual([`${balancer} proxy-header`]);
  });

  test('who does not shake hands in time, with its address', async () => {
    await listen({ handshakeTimeoutMs: 50 });
    await once(await send(balancer, proxyHeaderFor('192.0.2.1')), 'close');
    expect(turnedAway).toEqual(['192.0.2.1 handshake-timeout']);
  });

  test('who finds no place, with the reason', async () => {
    await listen({ admission: { enter: () => 'full' } });
    await once(await send(balancer, proxyHeaderFor('192.0.2.1')), 'close');
    expect(turnedAway).toEqual(['192.0.2.1 full']);
  });

  test('who comes from a balancer while as many do not say for whom they are', async () => {
    await listen();
    const [first] = [await dial(balancer), await dial(balancer)];
    await once(await dial(balancer), 'close');
    expect(turnedAway).toEqual([`${balancer} unnamed`]);

    // Others have room meanwhile, and so has the balancer when one of them has said it.
    await shakeHands(await dial());
    first.write(proxyHeaderFor('192.0.2.1'));
    await eventually(() => places.includes('192.0.2.1'));
    const next = await send(balancer, proxyHeaderFor('192.0.2.2'));
    await shakeHands(next);
    expect(clients.map(({ address }) => address)).toEqual(['127.0.0.1', '192.0.2.2']);
  });
});

test.each([
  ['shaking hands', (socket: Socket) => Promise.resolve(socket)],
  ['open', shakeHands],
])('a connection that is %s gives its place back when it closes', async (_, goOn) => {
  await listen();
  const socket = await goOn(await send(balancer, proxyHeaderFor('192.0.2.1')));
  await eventually(() => places.length === 1);
  socket.destroy();
  await eventually(() => places.length === 0);
});

test('what is spoken is agreed on; who speaks nothing of it is turned away', async () => {
  await listen({ protocols: ['http/1.1'] });
  const agreed = await shakeHands(await dial(), { ALPNProtocols: ['h2', 'http/1.1'] });
  await expect(shakeHands(await dial(), { ALPNProtocols: ['h2'] })).rejects.toThrow();

  expect(agreed.alpnProtocol).toBe('http/1.1');
  expect((await shakeHands(await dial())).alpnProtocol).toBe(false);
});

test.each([
  [false, true],
  [true, false],
])(
  'asked for a certificate: %s, a session is resumed: %s',
  async (asksForCertificate, isReused) => {
    await listen({ asksForCertificate });
    const first = await shakeHands(await dial());

    const again = await shakeHands(await dial(), { session: first.getSession() });
    expect(again.isSessionReused()).toBe(isReused);
  },
);

test('bytes that are no TLS end a connection that is open', async () => {
  const errors: Error[] = [];
  await listen({
    onClient: (socket) => {
      socket.on('error', (error: Error) => errors.push(error)).pipe(socket);
    },
  });
  const socket = await dial();
  await shakeHands(socket);
  socket.write('GET / HTTP/1.1\r\n\r\n');

  await eventually(() => places.length === 0);
  expect(errors).toEqual([expect.objectContaining({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' })]);
});

test('no more is accepted: what is arriving ends, what is open goes on', async () => {
  await listen();
  const open = await shakeHands(await dial());
  const arriving = [await dial(), await dial(balancer)];
  await eventually(() => places.length === 2);
  listener.stopAccepting();

  await Promise.all(arriving.map((socket) => once(socket, 'close')));
  await expect(dial()).rejects.toThrow('ECONNREFUSED');
  expect(await answerOf(open)).toBe('hello');
});

test('an address that is taken is told', async () => {
  await listen();
  const [port = 0] = listener.ports;
  const first = listener;
  await expect(listen({ listen: [{ host: '127.0.0.1', port }] })).rejects.toThrow('EADDRINUSE');
  first.stopAccepting();
});

describe('a client certificate is asked for', () => {
  let shown: boolean[];

  beforeEach(async () => {
    shown = [];
    await listen({
      asksForCertificate: true,
      onClient: (socket) => {
        shown.push([...shownCertificates(socket)].length > 0);
        socket.on('error', () => undefined).pipe(socket);
      },
    });
  });

  test('of everybody, and of some at a time', async () => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => dial('127.0.0.3')));
    const own = chainOf(8_000);
    await shakeHands(await dial('127.0.0.4'), own);
    expect(shown).toEqual([true]);
    await Promise.all(waiting.map((socket) => shakeHands(socket, own)));
    expect(shown).toEqual(Array(21).fill(true));
  });

  test('until an origin shows more than may count; then for some time not of it, but of others', async () => {
    const hostile = connectTls({
      socket: await dial('127.0.0.3'),
      rejectUnauthorized: false,
      ...chainOf(60_000),
    });
    hostile.on('error', () => undefined).resume();
    await once(hostile, 'close');
    expect(turnedAway).toEqual(['127.0.0.3 handshake-too-large']);
    const own = chainOf(8_000);
    await shakeHands(await dial('127.0.0.3'), own);
    await shakeHands(await dial('127.0.0.4'), own);
    expect(shown).toEqual([false, true]);
  });

  test('and whoever sends much behind his handshake has shown no more', async () => {
    const secured = await shakeHands(await dial('127.0.0.3'));
    secured.write(Buffer.alloc(200_000));
    await once(secured, 'data');
    await shakeHands(await dial('127.0.0.3'), chainOf(8_000));
    expect(shown).toEqual([false, true]);
  });
});
