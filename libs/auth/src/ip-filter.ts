/** Which addresses may come to a hub (security-limits.md section 6). */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { HubError } from '@linchpin/wire';

export interface IpFilterRule {
  readonly filterName: string;
  readonly action: 'Accept' | 'Reject';
  /** IPv4 in CIDR notation, or one address. */
  readonly ipMask: string;
}

/** Whether somebody from this address may come. */
type IpFilter = (address: string) => boolean;

/**
 * The rules in the form in which many addresses are judged: the first that matches decides, and whom
 * none matches may come. An IPv4 address within an IPv6 one is judged as what it is. IPv6 addresses
 * proper are matched by `0.0.0.0/0` alone: "reject everybody else" would else let them in. What is no
 * address does not come to a hub with rules, and a rule that cannot be read lets nobody in.
 */
export function compileIpFilter(rules: readonly IpFilterRule[]): IpFilter {
  if (rules.length === 0) {
    return () => true;
  }
  const compiled = rules.map(({ action, ipMask }) => {
    const accepts = action === 'Accept';
    return { accepts, network: parseIpMask(ipMask) ?? (accepts ? nobody : everybody) };
  });
  return (address) => {
    const client = parseAddress(address);
    if (client === undefined) {
      return false;
    }
    return compiled.find(({ network }) => isWithin(client, network))?.accepts ?? true;
  };
}

/** @throws HubError ArgumentInvalid */
export function validateIpMask(ipMask: string): void {
  if (parseIpMask(ipMask) === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      'An ipMask is an IPv4 network in CIDR notation, such as 192.0.2.0/24, or an IPv4 address.',
    );
  }
}

/** Of addresses, the bits that count and what they must be. */
interface Network {
  readonly bits: number;
  readonly mask: number;
}

const everybody: Network = { bits: 0, mask: 0 };
/** What a mask that lets no bit through leaves of an address is never 1. */
const nobody: Network = { bits: 1, mask: 0 };

/** The bits of an address beyond the prefix do not count, as in Azure. */
function parseIpMask(text: string): Network | undefined {
  const [, address = '', prefix = '32'] =
    /^([\d.]{7,15})(?:\/(0|[12]\d?|3[0-2]?|[4-9]))?$/.exec(text) ?? [];
  if (!isIPv4(address)) {
    return undefined;
  }
  // A shift by 32 bits is one by none.
  const mask = prefix === '0' ? 0 : (-1 << (32 - Number(prefix))) >>> 0;
  return { bits: (toBits(address) & mask) >>> 0, mask };
}

/** Undefined for what is no address; an IPv6 address proper has no bits that could be compared. */
function parseAddress(text: string): { readonly bits: number | undefined } | undefined {
  // As node writes it, and by far the most frequent: a gateway judges all its connections at once.
  const ipv4 = text.startsWith('::ffff:') ? text.slice('::ffff:'.length) : text;
  if (isIPv4(ipv4)) {
    return { bits: toBits(ipv4) };
  }
  if (!isIPv6(text)) {
    return undefined;
  }
  const within = /^::ffff:([\d.]+)$/.exec(canonicalIpv6(text))?.[1];
  return { bits: within === undefined ? undefined : toBits(within) };
}

/** `0:0::ffff:c000:201` and `::FFFF:192.0.2.1` are `::ffff:192.0.2.1`. A zone is of no matter. */
function canonicalIpv6(text: string): string {
  const [address = ''] = text.split('%');
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

function toBits(ipv4: string): number {
  return ipv4.split('.').reduce((bits, octet) => ((bits << 8) | Number(octet)) >>> 0, 0);
}

function isWithin({ bits }: { readonly bits: number | undefined }, network: Network): boolean {
  return bits === undefined
    ? network.mask === everybody.mask && network.bits === everybody.bits
    : (bits & network.mask) >>> 0 === network.bits;
}
