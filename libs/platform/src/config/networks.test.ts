import type { BlockList } from 'node:net';
import { expect, test } from '@jest/globals';
import { networks } from './networks.js';

function trusts(list: BlockList, address: string): boolean {
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

test('addresses and networks of both versions', () => {
  const list = networks.parse('10.0.0.0/8, 192.0.2.1,2001:db8::/32,::1');

  const trusted = ['10.1.2.3', '192.0.2.1', '2001:db8:1::1', '::1', '::ffff:10.1.2.3'];
  const others = ['11.1.2.3', '192.0.2.2', '2001:db9::1', '::2', '::ffff:11.1.2.3'];
  expect(trusted.filter((address) => !trusts(list, address))).toEqual([]);
  expect(others.filter((address) => trusts(list, address))).toEqual([]);
});

test.each([undefined, '', ' , '])('%p is nobody', (text) => {
  const list = networks.parse(text);
  expect([trusts(list, '127.0.0.1'), trusts(list, '::1')]).toEqual([false, false]);
});

test.each(['everyone', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/9', '::/129', '10.0.0/8'])(
  '%s is told to be wrong',
  (text) => {
    expect(() => networks.parse(`192.0.2.1,${text}`)).toThrow(
      `\\"${text}\\" is not an address or a network`,
    );
  },
);
