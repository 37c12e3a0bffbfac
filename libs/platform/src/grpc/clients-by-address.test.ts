import { Client } from '@grpc/grpc-js';
import { afterEach, expect, jest, test } from '@jest/globals';
import { ClientsByAddress } from './clients-by-address.js';

const minute = 60_000;

class CountedClient extends Client {
  static readonly service = {};
  static open = 0;

  constructor(...parameters: ConstructorParameters<typeof Client>) {
    super(...parameters);
    CountedClient.open += 1;
  }

  override close(): void {
    CountedClient.open -= 1;
    super.close();
  }
}

afterEach(() => {
  jest.useRealTimers();
});

test('an address has one client, until it was not used for ten minutes', () => {
  jest.useFakeTimers({ now: 0 });
  const clients = new ClientsByAddress(CountedClient, { tls: undefined });
  const first = clients.at('127.0.0.1:1');
  jest.advanceTimersByTime(9 * minute);
  expect(clients.at('127.0.0.1:1')).toBe(first);
  jest.advanceTimersByTime(9 * minute);
  clients.at('127.0.0.1:2');
  expect(CountedClient.open).toBe(2);
  jest.advanceTimersByTime(2 * minute);
  clients.at('127.0.0.1:2');
  expect(CountedClient.open).toBe(1);
  expect(clients.at('127.0.0.1:1')).not.toBe(first);
  clients.close();
  expect(CountedClient.open).toBe(0);
});
