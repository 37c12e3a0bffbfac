import { isIPv6 } from 'node:net';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const [tcpOverIpv4, tcpOverIpv6] = [0x11, 0x21];
/** The client's, and the one that it asked for. */
const ports = Buffer.from('c00022b3', 'hex');

/** What a load balancer sends first for a client at `address`: PROXY protocol, version 2. */
export function proxyHeaderFor(address: string): Buffer {
  const source = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const family = isIPv6(address) ? tcpOverIpv6 : tcpOverIpv4;
  const addresses = Buffer.concat([source, Buffer.alloc(source.length), ports]);
  return Buffer.concat([signature, Buffer.from([0x21, family, 0, addresses.length]), addresses]);
}

/** The same where it speaks for itself: a health check. */
export const localProxyHeader = Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);

function ipv6Bytes(address: string): Buffer {
  const [front = [], back = []] = address.split('::').map((text) => text.split(':'));
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
