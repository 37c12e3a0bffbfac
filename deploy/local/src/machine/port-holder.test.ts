import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { findPortHolder, parseListeners } from './port-holder.js';

test('names the process that listens', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  expect(findPortHolder({ address: '127.0.0.1', port })?.pid).toBe(process.pid);
  expect(findPortHolder({ address: '127.0.0.2', port })).toBeUndefined();

  server.close();
  await once(server, 'close');
  expect(findPortHolder({ address: '127.0.0.1', port })).toBeUndefined();
});

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

function row(local: string, remote: string, state: string, inode: number): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1`;
}

test('only a listener holds a port, not a connection from it', () => {
  const table = [
    header,
    row('0100007F:22B3', '00000000:0000', '0A', 5001),
    row('0100007F:22B3', '0100007F:C001', '01', 5002),
    row('0100007F:01BB', '00000000:0000', '0A', 5003),
    '',
  ].join('\n');

  expect(parseListeners(table, { address: '127.0.0.1', port: 8883 })).toEqual(['5001']);
  expect(parseListeners(table, { address: '127.0.0.1', port: 443 })).toEqual(['5003']);
  expect(parseListeners('', { address: '127.0.0.1', port: 443 })).toEqual([]);
});

test('who has the port at another address is not blamed', () => {
  const table = [
    header,
    row('0200007F:22B3', '00000000:0000', '0A', 1),
    row('0100007F:22B3', '00000000:0000', '0A', 2),
    row('00000000000000000000000001000000:22B3', `${'0'.repeat(32)}:0000`, '0A', 3),
    row('0000000000000000FFFF00000300007F:22B3', `${'0'.repeat(32)}:0000`, '0A', 4),
  ].join('\n');
  const holders = (address: string) => parseListeners(table, { address, port: 8883 });

  expect(holders('127.0.0.1')).toEqual(['2']);
  expect(holders('127.0.0.2')).toEqual(['1']);
  expect(holders('127.0.0.3')).toEqual(['4']);
  expect(holders('::1')).toEqual(['3']);
  expect(holders('0.0.0.0')).toEqual(['1', '2', '3', '4']);
});

test.each(['00000000', '0'.repeat(32)])('who listens on %s has the port everywhere', (address) => {
  const table = [header, row(`${address}:22B3`, `${address}:0000`, '0A', 7)].join('\n');

  expect(parseListeners(table, { address: '127.0.0.1', port: 8883 })).toEqual(['7']);
  expect(parseListeners(table, { address: '::1', port: 8883 })).toEqual(['7']);
});
