import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import fc from 'fast-check';
import { compileIpFilter, validateIpMask, type IpFilterRule } from './ip-filter.js';

const accept = (ipMask: string): IpFilterRule => ({ filterName: 'a', action: 'Accept', ipMask });
const reject = (ipMask: string): IpFilterRule => ({ filterName: 'r', action: 'Reject', ipMask });
const isAccepted = (rules: readonly IpFilterRule[], address: string): boolean =>
  compileIpFilter(rules)(address);

describe('security-limits 22: the first rule that matches decides', () => {
  const office = [accept('192.0.2.0/24'), reject('0.0.0.0/0')];

  test.each<[string, readonly IpFilterRule[], string, boolean]>([
    ['no rules', [], '192.0.2.1', true],
    ['no rule that matches', [reject('198.51.100.0/24')], '192.0.2.1', true],
    ['one that rejects', [reject('192.0.2.0/24')], '192.0.2.1', false],
    ['accepted before all are rejected', office, '192.0.2.1', true],
    ['rejected with all others', office, '198.51.100.1', false],
    ['rejected before it is accepted', [...office].reverse(), '192.0.2.1', false],
    [
      'one address within a network',
      [reject('192.0.2.7'), accept('192.0.2.0/24')],
      '192.0.2.7',
      false,
    ],
    ['beside that one', [reject('192.0.2.7'), accept('192.0.2.0/24')], '192.0.2.8', true],
    ['the last address of a network', [reject('10.0.0.0/9')], '10.127.255.255', false],
    ['the one behind it', [reject('10.0.0.0/9')], '10.128.0.0', true],
    ['a network named by an address in it', [reject('10.1.2.3/8')], '10.200.0.1', false],
    ['the highest addresses', [reject('255.255.255.254/31')], '255.255.255.255', false],
    ['all ones and all zeros', [reject('255.255.255.255/32')], '0.0.0.0', true],
  ])('%s', (_, rules, address, expected) => {
    expect(isAccepted(rules, address)).toBe(expected);
  });
});

describe('an IPv6 client', () => {
  const rules = [accept('192.0.2.0/24'), reject('0.0.0.0/0')];

  test.each([
    '::ffff:192.0.2.1',
    '::FFFF:192.0.2.1',
    '::ffff:c000:201',
    '0:0:0:0:0:ffff:c000:0201',
  ])('%s is the IPv4 client that it holds', (address) => {
    expect(isAccepted(rules, address)).toBe(true);
    expect(isAccepted([reject('192.0.2.1')], address)).toBe(false);
  });

  test.each(['2001:db8::1', '::1', '::', 'fe80::1%eth0', '::192.0.2.1', '64:ff9b::192.0.2.1'])(
    '%s is matched by a rule for everybody, and by no other',
    (address) => {
      expect(isAccepted(rules, address)).toBe(false);
      expect(isAccepted([accept('0.0.0.0/0')], address)).toBe(true);
      expect(isAccepted([reject('0.0.0.0/1'), reject('128.0.0.0/1')], address)).toBe(true);
    },
  );
});

test.each([
  '',
  'localhost',
  '192.0.2',
  '192.0.2.1:443',
  '192.0.2.01',
  ' 192.0.2.1',
  '[::1]',
  '::g',
])('what is no address (%j) comes to no hub with rules', (address) => {
  expect(isAccepted([accept('0.0.0.0/0')], address)).toBe(false);
  expect(isAccepted([], address)).toBe(true);
});

const unreadable = [
  '',
  '*',
  '192.0.2.0/33',
  '192.0.2.0/-1',
  '192.0.2.0/024',
  '192.0.2/24',
  '::/0',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  '0x7f.0.0.1',
  '1.2.3.4 ',
];

test.each(unreadable)('a rule that cannot be read (%j) lets nobody in', (ipMask) => {
  expect(isAccepted([accept(ipMask), reject('0.0.0.0/0')], '192.0.2.1')).toBe(false);
  expect(isAccepted([reject(ipMask)], '192.0.2.1')).toBe(false);
  expect(isAccepted([reject(ipMask)], '2001:db8::1')).toBe(false);
  expect(isAccepted([accept(ipMask)], '192.0.2.1')).toBe(true);
});

test.each(unreadable)('a rule is not to have the mask %j', (ipMask) => {
  expect(() => {
    validateIpMask(ipMask);
  }).toThrow(HubError);
});

test.each(['0.0.0.0/0', '192.0.2.0/24', '192.0.2.1', '255.255.255.255/32', '10.9.8.7/3'])(
  'a rule may have the mask %j',
  (ipMask) => {
    expect(() => {
      validateIpMask(ipMask);
    }).not.toThrow();
  },
);

describe('any rules and any address', () => {
  const rule = fc.record({
    filterName: fc.constant('x'),
    action: fc.constantFrom('Accept' as const, 'Reject' as const),
    ipMask: fc
      .tuple(fc.constantFrom('10.0.0.0', '10.128.3.4', '192.0.2.77', '0.0.0.0'), fc.nat(32))
      .map(([address, prefix]) => `${address}/${prefix}`),
  });
  const address = fc.oneof(
    fc.ipV4(),
    fc.constantFrom('10.0.0.1', '10.128.3.5', '192.0.2.77', '0.0.0.0'),
  );

  test('agree with what node makes of networks', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), address, (rules, client) => {
        const first = rules.find(({ ipMask }) => {
          const [network = '', prefix] = ipMask.split('/');
          const list = new BlockList();
          list.addSubnet(network, Number(prefix), 'ipv4');
          return list.check(client, 'ipv4');
        });
        const expected = first === undefined || first.action === 'Accept';
        expect(isAccepted(rules, client)).toBe(expected);
        expect(isAccepted(rules, `::ffff:${client}`)).toBe(expected);
      }),
    );
  });

  test('nothing is thrown', () => {
    const text = fc.oneof(fc.string(), fc.ipV6(), fc.stringMatching(/^[\d.:/a-f%]{0,40}$/));
    fc.assert(
      fc.property(text, text, (ipMask, client) => {
        expect(typeof isAccepted([reject(ipMask), accept(ipMask)], client)).toBe('boolean');
      }),
    );
  });
});
