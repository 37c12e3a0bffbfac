import { isIPv6 } from 'node:net';

/**
 * Who counts as one client, as long as nothing else is known of him: an address, and of IPv6 its /64, for
 * whoever has one address there has all 2^64.
 */
export function originOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) {
    return address;
  }
  const [front = '', back] = address.split('::');
  const groups = splitGroups(front);
  const missing = back === undefined ? 0 : 8 - groups.length - splitGroups(back).length;
  return [...groups, ...Array<string>(missing).fill('0'), ...splitGroups(back ?? '')]
    .slice(0, 4)
    .join(':');
}

function splitGroups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
