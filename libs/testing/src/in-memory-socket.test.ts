import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { InMemorySocket } from './in-memory-socket.js';

function connect() {
  const [client, server] = InMemorySocket.pair();
  const received: Buffer[] = [];
  const errors: string[] = [];
  client.on('error', () => undefined);
  server.on('error', ({ message }) => errors.push(message));
  server.on('data', (chunk: Buffer) => received.push(chunk));
  return { client, server, errors, text: () => Buffer.concat(received).toString() };
}

test('what is written to one end is read from the other, later', async () => {
  const { client, text } = connect();
  client.write('a');
  client.write('b');
  expect(text()).toBe('');
  await turn();
  await turn();
  expect(text()).toBe('ab');
});

test('a peer that does not read holds up the writer, and lets it go on', async () => {
  const { client, server, text } = connect();
  server.pause();
  const bytes = 'x'.repeat(100_000);
  expect(client.write(bytes)).toBe(false);
  client.write('y');
  await turn();
  expect(client.writableNeedDrain).toBe(true);
  server.resume();
  await once(client, 'drain');
  await turn();
  expect(text()).toBe(`${bytes}y`);
});

test('an end arrives behind the bytes and closes both', async () => {
  const { client, server, text } = connect();
  const closed = Promise.all([once(client, 'close'), once(server, 'close')]);
  client.write('last');
  client.resume().end();
  await closed;
  expect(text()).toBe('last');
});

test('destroying one end is an end to the other', async () => {
  const { client, server, errors } = connect();
  const closed = once(server, 'close');
  client.destroy();
  await closed;
  expect(errors).toEqual([]);
});

test('a reset is an error', async () => {
  const { client, server, errors } = connect();
  const closed = once(server, 'close');
  client.resetAndDestroy();
  await closed.catch(() => undefined);
  expect(errors).toEqual(['read ECONNRESET']);
});

test('a write to an end that is gone fails', async () => {
  const { client, server } = connect();
  server.destroy();
  client.write('lost');
  await expect(once(client, 'close')).rejects.toThrow('EPIPE');
});
