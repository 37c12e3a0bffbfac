/**
 * The PROXY protocol, version 2: how a load balancer says for whom it speaks (HAProxy,
 * proxy-protocol.txt, section 2.2).
 *
 *     header    = signature:12 versionCommand:1 familyTransport:1 length:uint16 addresses tlv*
 *     addresses = TCP over IPv4: source:4  destination:4  sourcePort:uint16 destinationPort:uint16
 *                 TCP over IPv6: source:16 destination:16 sourcePort:uint16 destinationPort:uint16
 */
import type { Socket } from 'node:net';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const fixedLength = 16;
/** What may follow the addresses, vendors' additions included. */
const lengthMax = 1_024;

const versionTwo = 0x2;
const commandLocal = 0x0;
const commandProxy = 0x1;
const tcpOverIpv4 = 0x11;
const tcpOverIpv6 = 0x21;

const mappedIpv4 = Buffer.from('00000000000000000000ffff', 'hex');

/** What came is no PROXY header, one that means nothing here, or none in time. */
export class ProxyHeaderError extends Error {
  override readonly name = 'ProxyHeaderError';
}

/**
 * Takes the header off the socket and leaves what follows unread, for TLS.
 *
 * @returns the client's address; undefined when the balancer speaks for itself (a health check)
 * @throws ProxyHeaderError when there is no valid header, or none in time
 */
export function readProxyHeader(socket: Socket, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const reader = new HeaderReader(socket);
    const settle = (): void => {
      clearTimeout(deadline);
      socket.off('readable', onReadable).off('close', onClose).off('error', onError);
    };
    const onReadable = (): void => {
      try {
        const header = reader.read();
        if (header !== undefined) {
          settle();
          resolve(parseProxyHeader(header));
        }
      } catch (error) {
        onError(error as Error);
      }
    };
    const onClose = (): void => {
      onError(new ProxyHeaderError('the connection ended within the PROXY header'));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const deadline = setTimeout(() => {
      onError(new ProxyHeaderError('no PROXY header in time'));
    }, timeoutMs);
    // One listener until the end: a new one is called at once for bytes that were seen already.
    socket.on('readable', onReadable).on('close', onClose).on('error', onError);
  });
}

class HeaderReader {
  #fixed: Buffer | undefined;

  constructor(private readonly socket: Socket) {}

  /** The whole header, once it has come. @throws ProxyHeaderError */
  read(): Buffer | undefined {
    this.#fixed ??= this.#take(fixedLength);
    if (this.#fixed === undefined) {
      return undefined;
    }
    const length = restLengthOf(this.#fixed);
    if (length === 0) {
      return this.#fixed;
    }
    const rest = this.#take(length);
    return rest && Buffer.concat([this.#fixed, rest]);
  }

  #take(length: number): Buffer | undefined {
    const bytes = this.socket.read(length) as Buffer | null;
    if (bytes !== null && bytes.length < length) {
      throw new ProxyHeaderError('the connection ended within the PROXY header');
    }
    return bytes ?? undefined;
  }
}

function restLengthOf(fixed: Buffer): number {
  if (!fixed.subarray(0, signature.length).equals(signature)) {
    throw new ProxyHeaderError('no PROXY header');
  }
  const length = fixed.readUInt16BE(14);
  if (length > lengthMax) {
    throw new ProxyHeaderError(`a PROXY header of ${length} bytes`);
  }
  return length;
}

/** @param header whole, signature included */
export function parseProxyHeader(header: Buffer): string | undefined {
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
  const addresses = header.subarray(fixedLength);
  switch (header.readUInt8(13)) {
    case tcpOverIpv4:
      expectLength(addresses, 12);
      return addresses.subarray(0, 4).join('.');
    case tcpOverIpv6:
      expectLength(addresses, 36);
      return formatIpv6(addresses.subarray(0, 16));
    default:
      throw new ProxyHeaderError('a PROXY header for something else than TCP');
  }
}

function expectLength(addresses: Buffer, length: number): void {
  if (addresses.length < length) {
    throw new ProxyHeaderError('a PROXY header without its addresses');
  }
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
