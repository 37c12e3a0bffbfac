import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { findPortHolder, parseListeners } from './port-holder.js';

test('names the process that listens', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  expect(findPortHolder(port)?.pid).toBe(process.pid);

  server.close();
  await once(server, 'close');
  expect(findPortHolder(port)).toBeUndefined();
});

test('only a listener holds a port, not a connection from it', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:22B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5001 1',
    '   1: 0100007F:22B3 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 5002 1',
    '   2: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5003 1',
    '',
  ].join('\n');

  expect(parseListeners(table, 8883)).toEqual(['5001']);
  expect(parseListeners(table, 443)).toEqual(['5003']);
  expect(parseListeners('', 443)).toEqual([]);
});
