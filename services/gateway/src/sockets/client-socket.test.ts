import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { closeSoon } from './client-socket.js';

const server = createServer({ pauseOnConnect: true });
let client: Socket;
let accepted: Socket;

async function open(): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  client.on('error', () => undefined);
  [accepted] = (await once(server, 'connection')) as [Socket];
}

afterEach(() => {
  client.destroy();
  accepted.destroy();
  server.close();
});

const mebibyte = 1_048_576;

test('a client that sends more than is read gets the last bytes', async () => {
  await open();
  const received: Buffer[] = [];
  client.on('data', (chunk: Buffer) => received.push(chunk));
  client.write(Buffer.alloc(mebibyte / 2));
  await once(accepted.resume(), 'data');
  accepted.write('why');
  closeSoon(accepted);
  await once(client, 'end');
  client.end();
  await once(accepted, 'close');

  expect(Buffer.concat(received).toString()).toBe('why');
  expect(client.errored).toBeNull();
});

test('a client that sends without end is not listened to', async () => {
  await open();
  closeSoon(accepted);
  client.write(Buffer.alloc(4 * mebibyte));
  await expect(once(client, 'close')).rejects.toThrow(/EPIPE|ECONNRESET/);

  expect(accepted.bytesRead).toBeLessThan(2 * mebibyte);
});
