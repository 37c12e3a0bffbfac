import { once } from 'node:events';
import { Agent, request as askOnce } from 'node:https';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually, eventuallyPasses, issueCertificate } from '@linchpin/testing';
import { FrontDoor, readToEnd, receive, server, statusesOf } from './support/front-door.js';
import { StandInApi } from './support/stand-in-api.js';

let api: StandInApi;
let door: FrontDoor;

afterEach(async () => {
  await door.stop();
  api.stop();
});

/** The api's part is the test's, byte by byte. */
async function startRaw(options: object = {}): Promise<void> {
  api = await StandInApi.start(server);
  door = await FrontDoor.start({ api: api.address, ...options });
}

async function startHttp(listener: RequestListener): Promise<void> {
  const http = createServer({ maxHeaderSize: 128 * 1024, requireHostHeader: false }, listener);
  api = await StandInApi.start(server, (socket) => http.emit('connection', socket));
  door = await FrontDoor.start({ api: api.address });
}

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n';
const closing = 'Connection: close\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('what is passed on', () => {
  test('a request keeps its method, its target and its fields as they were spelled', async () => {
    await startRaw();
    const fields = 'Host: H.Example\r\niothub-App-Key: \xe9\r\nX-Two: 1\r\nx-two: 2\r\n';
    const target = '/Devices//d%2f1/?API-version=a&b&&c=%zz';
    const answer = door.send(
      `PATCH ${target} HTTP/1.1\r\n${fields}Connection: close, X-Hop\r\n` +
        'X-Hop: 1\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: x\r\n' +
        'X-Forwarded-For: 192.0.2.9\r\nContent-Length: 4\r\n\r\nbody',
    );
    const { received, socket } = await api.holding('body');
    socket.write(ok);
    await answer;

    expect(received).toBe(
      `PATCH ${target} HTTP/1.1\r\n${fields}X-Forwarded-For: 192.0.2.9\r\n` +
        'Content-Length: 4\r\nConnection: keep-alive\r\n\r\nbody',
    );
  });

  test('an answer keeps its status, its reason and its fields as they were spelled', async () => {
    await startRaw();
    const answer = door.send(get + closing);
    const { socket } = await api.holding('\r\n\r\n');
    const fields =
      'iothub-errorcode: X\r\nETag: "e"\r\nContentType: a\r\nSet: 1\r\nset: 2\r\nX: \xe9\r\nDate: now\r\n';
    const head =
      `HTTP/1.1 418 I'm A Teapot\r\n${fields}Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n` +
      'Keep-Alive: timeout=9\r\nProxy-Authenticate: x\r\nContent-Length: 2\r\n\r\n';
    socket.write(Buffer.from(head + 'ok', 'latin1'));

    expect(await answer).toBe(
      `HTTP/1.1 418 I'm A Teapot\r\n${fields}Content-Length: 2\r\nConnection: close\r\n\r\nok`,
    );
  });

  test('the api learns who the client is, and which TLS it speaks', async () => {
    await startRaw();
    const socket = await door.dial({ maxVersion: 'TLSv1.2' });
    socket.write(get + '\r\n');
    const { client } = await api.holding('\r\n\r\n');

    expect(client).toEqual({ address: '127.0.0.1', tlsVersion: '1.2' });
  });

  test('without a body none is announced, and with POST that it has no bytes', async () => {
    await startRaw();
    const socket = await door.dial();
    socket.write(get + '\r\n');
    const { received, socket: upstream } = await api.holding('\r\n\r\n');
    upstream.write(ok);
    socket.write('POST /b HTTP/1.1\r\nHost: h\r\n\r\n');
    await api.holding('POST /b');

    expect(received).toBe(`${get}Connection: keep-alive\r\n\r\n`);
    expect(api.connections[0]!.received.slice(received.length)).toBe(
      'POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    );
  });

  test('chunks go both ways as they come, and trailers do not', async () => {
    await startRaw();
    const socket = await door.dial();
    const received = receive(socket);
    socket.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n');
    socket.write('3;x=y\r\nabc\r\n');
    const { socket: upstream } = await api.holding('abc');
    upstream.write('HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n');
    await eventually(() => received.text.includes('de'));
    socket.write('2\r\nfg\r\n0\r\nX: 1\r\n\r\n');
    await api.holding('0\r\n\r\n');
    upstream.write('0\r\nX: 1\r\n\r\n');
    await eventually(() => received.text.endsWith('0\r\n\r\n'));

    expect(api.connections[0]!.received).toBe(
      'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n' +
        '3\r\nabc\r\n2\r\nfg\r\n0\r\n\r\n',
    );
    expect(received.text).toBe(
      'HTTP/1.1 200 OK\r\nDate: now\r\nConnection: keep-alive\r\nKeep-Alive: timeout=120\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n',
    );
  });

  test.each([
    ['HEAD', '200 OK', 'Content-Length: 5\r\n'],
    ['DELETE', '204 No Content', 'Content-Length: 0\r\n'],
    ['GET', '304 Not Modified', 'ETag: "e"\r\n'],
  ])('%s, answered with %s, has no body', async (method, status, field) => {
    await startRaw();
    const answer = door.send(`${method} /a HTTP/1.1\r\nHost: h\r\n${closing}`);
    const { socket } = await api.holding('\r\n\r\n');
    socket.write(`HTTP/1.1 ${status}\r\nDate: now\r\n${field}\r\n`);

    expect(await answer).toBe(
      `HTTP/1.1 ${status}\r\nDate: now\r\n${field}Connection: close\r\n\r\n`,
    );
  });

  test('an HTTP/1.0 client gets a body that ends with the connection', async () => {
    await startRaw();
    const answer = door.send('GET /a HTTP/1.0\r\nHost: h\r\n\r\n');
    const { socket } = await api.holding('GET /a HTTP/1.1');
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');

    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(?![^]*Transfer-Encoding)[^]*\r\n\r\nok$/);
  });
});

describe('whether the body is wanted', () => {
  const asking = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n';

  test('the api says, and nothing of it is read before', async () => {
    await startRaw();
    const socket = await door.dial();
    const received = receive(socket);
    socket.write(Buffer.from(`${asking}X: \xe9\r\n\r\n`, 'latin1'));
    const { socket: upstream } = await api.holding('Expect: 100-continue\r\nX: \xe9\r\n');
    expect(received.text).toBe('');
    upstream.write('HTTP/1.1 100 Continue\r\n\r\n');
    await eventually(() => received.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('body');
    await api.holding('\r\n\r\nbody');
    upstream.write(ok);
    await eventually(() => received.text.endsWith('ok'));
    expect(statusesOf(received.text)).toEqual([100, 200]);
  });

  test('a refusal ends the connection, for the body may come all the same', async () => {
    await startRaw();
    const answer = door.send(asking + '\r\n');
    const { socket } = await api.holding('Expect');
    socket.end('HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');

    expect(await answer).toMatch(/^HTTP\/1\.1 401 No\r\n[^]*Connection: close\r\n\r\nno$/);
  });

  test('a body that the api refuses is dropped, and the client sees why', async () => {
    await startRaw();
    const socket = await door.dial();
    const answer = readToEnd(socket);
    socket.write(`POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n`);
    const { socket: upstream } = await api.holding('POST /a');
    socket.write(Buffer.alloc(3 * 1024 * 1024));
    upstream.end('HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');

    expect(await answer).toMatch(/^HTTP\/1\.1 413 Large\r\n[^]*\r\n\r\nno$/);
  });
});

describe('connections', () => {
  test('device-https 49: 100 requests of one connection go by one to the api, its next begins anew', async () => {
    await startHttp((request, response) => response.end(request.url));
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: server.certificate });
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = askOnce({
          host: '127.0.0.1',
          port: door.port,
          servername: 'localhost',
          agent,
          path,
        });
        asked.once('response', (answer) => {
          let text = '';
          answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
          answer.once('end', () => {
            resolve(text);
          });
        });
        asked.once('error', reject).end();
      });
    for (let number = 0; number < 100; number++) {
      expect(await ask(`/${number}`)).toBe(`/${number}`);
    }
    expect(api.connections).toHaveLength(1);

    api.connections[0]!.socket.destroy();
    // Until the gateway hears of it, a request is refused.
    await eventuallyPasses(async () => {
      expect(await ask('/again')).toBe('/again');
    });
    expect(api.connections).toHaveLength(2);
    expect(api.connections[1]!.socket.isSessionReused()).toBe(true);
    agent.destroy();
  });

  test('requests that come at once are answered in order, one after the other', async () => {
    let open = 0;
    let most = 0;
    await startHttp((request, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        response.end(request.url);
      });
    });
    const requests = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
    const text = await door.send(requests.join(''), `GET /4 HTTP/1.1\r\nHost: h\r\n${closing}`);

    expect([...text.matchAll(/\r\n\r\n(?:2\r\n)?(\/\d)/g)].map(([, path]) => path)).toEqual([
      ...['/1', '/2', '/3', '/4'],
    ]);
    expect([api.connections.length, most]).toEqual([1, 1]);
  });

  test('of more than 4 at once none further is read', async () => {
    await startRaw();
    expect(statusesOf(await door.send(`${get}\r\n`.repeat(5)))).toEqual([]);
  });

  test('when the client goes, what it asked for and its way to the api end', async () => {
    await startRaw();
    const socket = await door.dial();
    socket.write(get + '\r\n');
    const { socket: upstream } = await api.holding('\r\n\r\n');
    const closed = once(upstream, 'close');
    socket.destroy();
    await closed;
    expect(door.failures).toEqual([]);
  });

  test('when the client goes and asked for nothing, so does its way to the api', async () => {
    await startHttp((_, response) => response.end('ok'));
    const socket = await door.dial();
    const received = receive(socket);
    socket.write(get + '\r\n');
    await eventually(() => received.text.endsWith('0\r\n\r\n') || received.text.endsWith('ok'));
    const closed = once(api.connections[0]!.socket, 'close');
    socket.destroy();
    await closed;
  });
});

describe('without the api', () => {
  async function refusalOf(): Promise<void> {
    const text = await door.send(get + closing);
    expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(text).toContain('\r\niothub-errorcode: ServiceUnavailable\r\n');
    expect(text).toContain('\r\nRetry-After: 1\r\n');
    expect(text).toContain('\r\n\r\n{"Message":"ErrorCode:ServiceUnavailable;');
    expect(door.failures).toHaveLength(1);
  }

  test('a request is refused when it is away', async () => {
    await startRaw();
    api.stop();
    await refusalOf();
  });

  test('a request is refused when its certificate is of an authority that nobody trusts', async () => {
    await startRaw({ authorities: [issueCertificate({ subject: 'other' }).certificate] });
    await refusalOf();
  });

  test('a request is refused when its certificate has another name', async () => {
    await startRaw({ serverName: 'other.example' });
    await refusalOf();
    expect(door.failures).toMatchObject([{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }]);
  });

  test('a request is refused when it goes before its answer', async () => {
    await startRaw();
    const refused = refusalOf();
    (await api.holding('\r\n\r\n')).socket.destroy();
    await refused;
  });

  test('an answer that breaks off breaks off for the client, too', async () => {
    await startRaw();
    const answer = door.send(get + '\r\n');
    const { socket } = await api.holding('\r\n\r\n');
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    await eventually(() => socket.writableLength === 0);
    socket.destroy();

    expect(await answer).toMatch(/\r\n\r\nhalf$/);
  });

  test('a body that is coming is dropped', async () => {
    await startRaw();
    api.stop();
    const text = await door.send(
      'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n',
    );

    expect(text).toMatch(/^HTTP\/1\.1 503 [^]*\r\nConnection: close\r\n/);
  });
});

describe('memory', () => {
  const bytes = 10 * 1024 * 1024;

  test('an answer that is not taken is not read from the api', async () => {
    await startHttp((_, response) => response.end(Buffer.alloc(bytes)));
    const socket = await door.dial();
    socket.pause();
    socket.write(get + '\r\n');
    await eventually(() => api.connections.length === 1);
    const upstream = api.connections[0]!.socket;
    await untilStill(() => upstream.bytesWritten);
    expect(upstream.writableLength).toBeGreaterThan(bytes / 4);

    const received = receive(socket);
    socket.resume();
    await eventually(() => received.text.length > bytes);
    expect(received.text).toContain(`Content-Length: ${bytes}`);
  });

  test('a body that the api does not take is not read from the client', async () => {
    let length = 0;
    let take: () => void = () => undefined;
    await startHttp((request, response) => {
      request.socket.pause();
      take = () => {
        request.on('data', (chunk: Buffer) => (length += chunk.length));
        request.once('end', () => response.end('ok'));
      };
    });
    const socket = await door.dial();
    const received = receive(socket);
    socket.write(`POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: ${bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes));
    await untilStill(() => socket.writableLength);
    expect(socket.writableLength).toBeGreaterThan(bytes / 4);

    take();
    await eventually(() => received.text.endsWith('ok'));
    expect(length).toBe(bytes);
  });
});

/** Until it has been the same for some looks. */
async function untilStill(look: () => number): Promise<void> {
  let last = -1;
  let times = 0;
  await eventually(() => {
    times = look() === last ? times + 1 : 0;
    last = look();
    return times > 10;
  });
}
