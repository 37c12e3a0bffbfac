/**
 * The PROXY protocol, version 2: how a load balancer says for whom it speaks (HAProxy,
 * proxy-protocol.txt, section 2.2).
 *
 *     header    = signature:12 versionCommand:1 familyTransport:1 length:uint16 addresses tlv*
 *     addresses = TCP over IPv4: source:4  destination:4  sourcePort:uint16 destinationPort:uint16
 *                 TCP over IPv6: source:16 destination:16 sourcePort:uint16 destinationPort:uint16
 *     tlv       = type:1 length:uint16 value
 *     ssl       = 0x20 length:uint16 client:1 verify:uint32 tlv*      ; section 2.2.6
 *     version   = 0x21 length:uint16 text                             ; among those of ssl: TLSv1.3
 */
import { isIPv4, SocketAddress } from 'node:net';
import { readTlsVersion, type ClientSource, type TlsVersion } from '@linchpin/auth';

/** What came is no PROXY header, or one that means nothing here. */
export class ProxyHeaderError extends Error {
  override readonly name = 'ProxyHeaderError';
}

/** Length of the part that every header has, and that says how long the rest is. */
export const fixedLength = 16;

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** What may follow the addresses, vendors' additions included. */
const lengthMax = 1_024;

const versionTwo = 0x2;
const commandLocal = 0x0;
const commandProxy = 0x1;
const tcpOverIpv4 = 0x11;
const tcpOverIpv6 = 0x21;
const addressesLengths = new Map([
  [tcpOverIpv4, 12],
  [tcpOverIpv6, 36],
]);

const typeSsl = 0x20;
const subtypeSslVersion = 0x21;
/** The client speaks TLS with whoever sends the header. */
const clientSsl = 0x01;
const tlvHeadLength = 3;
const sslHeadLength = 5;

const mappedIpv4 = Buffer.from('00000000000000000000ffff', 'hex');

/** @param fixed the first 16 bytes. @throws ProxyHeaderError when they begin no header that is read here */
export function restLengthOf(fixed: Buffer): number {
  if (!fixed.subarray(0, signature.length).equals(signature)) {
    throw new ProxyHeaderError('no PROXY header');
  }
  const length = fixed.readUInt16BE(14);
  if (length > lengthMax) {
    throw new ProxyHeaderError(`a PROXY header of ${length} bytes`);
  }
  return length;
}

/**
 * @param header whole, signature included
 * @returns the client, with its TLS version when the balancer ends its TLS and says so; undefined when the balancer
 *   speaks for itself (a health check)
 * @throws ProxyHeaderError
 */
export function decodeProxyHeader(header: Buffer): ClientSource | undefined {
  const version = header.readUInt8(12) >> 4;
  const command = header.readUInt8(12) & 0x0f;
  if (version !== versionTwo) {
    throw new ProxyHeaderError(`PROXY protocol version ${version}`);
  }
  if (command === commandLocal) {
    return undefined;
  }
  if (command !== commandProxy) {
    throw new ProxyHeaderError(`PROXY command ${command}`);
  }
  const family = header.readUInt8(13);
  const addressesLength = addressesLengths.get(family);
  if (addressesLength === undefined) {
    throw new ProxyHeaderError('a PROXY header for something else than TCP');
  }
  const rest = header.subarray(fixedLength);
  if (rest.length < addressesLength) {
    throw new ProxyHeaderError('a PROXY header without its addresses');
  }
  const address =
    family === tcpOverIpv4 ? rest.subarray(0, 4).join('.') : formatIpv6(rest.subarray(0, 16));
  return { address, tlsVersion: tlsVersionOf(rest.subarray(addressesLength)) };
}

/** What `decodeProxyHeader` reads; ports, and whom the client has called, are told as zeros. */
export function encodeProxyHeader({ address, tlsVersion }: ClientSource): Buffer {
  // As a socket of IPv6 tells an address of IPv4.
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  const isOverIpv4 = isIPv4(plain);
  const source = isOverIpv4 ? encodeIpv4(plain) : encodeIpv6(plain);
  const ports = Buffer.alloc(4);
  const rest = Buffer.concat([
    ...[source, Buffer.alloc(source.length), ports],
    ...(tlsVersion === undefined ? [] : [encodeSsl(tlsVersion)]),
  ]);
  const fixed = Buffer.alloc(fixedLength);
  signature.copy(fixed);
  fixed.writeUInt8((versionTwo << 4) | commandProxy, 12);
  fixed.writeUInt8(isOverIpv4 ? tcpOverIpv4 : tcpOverIpv6, 13);
  fixed.writeUInt16BE(rest.length, 14);
  return Buffer.concat([fixed, rest]);
}

/** An IPv4 address within (RFC 4291 section 2.5.5.2) is its own: all of them are in one /64 network. */
function formatIpv6(bytes: Buffer): string {
  if (bytes.subarray(0, mappedIpv4.length).equals(mappedIpv4)) {
    return bytes.subarray(mappedIpv4.length).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  return groups.join(':');
}

function tlsVersionOf(additions: Buffer): TlsVersion | undefined {
  const ssl = tlvsOf(additions).get(typeSsl);
  if (ssl === undefined || ssl.length < sslHeadLength || (ssl.readUInt8(0) & clientSsl) === 0) {
    return undefined;
  }
  const version = tlvsOf(ssl.subarray(sslHeadLength)).get(subtypeSslVersion);
  return readTlsVersion(version?.toString('latin1'));
}

/** @throws ProxyHeaderError for one that is not whole */
function tlvsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const values = new Map<number, Buffer>();
  let start = 0;
  while (start < bytes.length) {
    const valueStart = start + tlvHeadLength;
    const end = valueStart > bytes.length ? Infinity : valueStart + bytes.readUInt16BE(start + 1);
    if (end > bytes.length) {
      throw new ProxyHeaderError('a PROXY header with half an addition');
    }
    values.set(bytes.readUInt8(start), bytes.subarray(valueStart, end));
    start = end;
  }
  return values;
}

function encodeIpv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function encodeIpv6(address: string): Buffer {
  const [before = '', after] = plainIpv6(address).split('::');
  const left = groupsOf(before);
  const right = groupsOf(after ?? '');
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...left, ...zeros, ...right].forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  return bytes;
}

/** As RFC 5952 writes it, without a zone. @throws Error for what is no address */
function plainIpv6(address: string): string {
  const [unzoned = ''] = address.split('%');
  return new SocketAddress({ address: unzoned, family: 'ipv6' }).address;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').flatMap(groupOf);
}

/** The last one may be written as an address of IPv4: then it is two. */
function groupOf(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return text.includes('.') ? [(a << 8) | b, (c << 8) | d] : [Number.parseInt(text, 16)];
}

function encodeSsl(tlsVersion: TlsVersion): Buffer {
  const version = encodeTlv(subtypeSslVersion, Buffer.from(`TLSv${tlsVersion}`, 'latin1'));
  // Whether the client's certificate was verified is told as no: nobody asks.
  const head = Buffer.from([clientSsl, 0, 0, 0, 1]);
  return encodeTlv(typeSsl, Buffer.concat([head, version]));
}

function encodeTlv(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(tlvHeadLength);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}
