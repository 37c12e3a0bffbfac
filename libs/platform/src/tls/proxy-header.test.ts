import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { InMemorySocket } from '@linchpin/testing';
import fc from 'fast-check';
import { decodeProxyHeader, encodeProxyHeader, ProxyHeaderError } from './proxy-header.js';
import { readProxyHeader } from './read-proxy-header.js';

const signature = '0d0a0d0a000d0a515549540a';
const overIpv4 = hex(`${signature} 21 11 000c c0000201 c6336401 d903 22b3`);
const overIpv6 = hex(
  `${signature} 21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 d903 22b3`,
);
const overMappedIpv4 = hex(
  `${signature} 21 21 0024 00000000000000000000ffffc0000201 00000000000000000000ffffc6336401 d903 22b3`,
);
const local = hex(`${signature} 20 00 0000`);
/** What HAProxy adds when it is told to: the CRC-32C, and a name. */
const withTlvs = hex(
  `${signature} 21 11 0019 c0000201 c6336401 d903 22b3 03 0004 deadbeef 02 0003 616263`,
);

describe('golden headers', () => {
  test.each([
    ['TCP over IPv4', overIpv4, '192.0.2.1'],
    ['TCP over IPv6', overIpv6, '2001:db8:0:0:0:0:0:1'],
    ['IPv4 as a balancer on an IPv6 socket writes it', overMappedIpv4, '192.0.2.1'],
    ['with additions', withTlvs, '192.0.2.1'],
    ['the balancer itself', local, undefined],
    [
      'the balancer itself, with addresses',
      hex(`${signature} 20 11 000c ${'00'.repeat(12)}`),
      undefined,
    ],
  ])('%s', async (_, header, address) => {
    expect(decodeProxyHeader(header)?.address).toBe(address);
    expect(await readFrom(header)).toEqual({ address, rest: '' });
  });
});

test('what follows the header stays unread', async () => {
  const following = Buffer.from('16030100', 'hex');
  expect(await readFrom(Buffer.concat([overIpv4, following]))).toEqual({
    address: '192.0.2.1',
    rest: '16030100',
  });
});

describe('the TLS version of a client whose TLS the balancer ends', () => {
  test.each([
    ['told', '20 000f 01 00000001 21 0007 544c5376312e33', '1.3'],
    ['told behind others', '02 0001 61 20 000f 05 00000000 21 0007 544c5376312e32', '1.2'],
    ['of no TLS', '20 000f 00 00000001 21 0007 544c5376312e33', undefined],
    ['of one that nobody speaks', '20 000f 01 00000001 21 0007 544c5376312e31', undefined],
    ['not told', '20 0005 01 00000001', undefined],
    ['not told, and less than that', '20 0004 01 000000', undefined],
  ])('%s', (_, additions, tlsVersion) => {
    const tlvs = hex(additions);
    const length = (12 + tlvs.length).toString(16).padStart(4, '0');
    const header = hex(`${signature} 21 11 ${length} c0000201 c6336401 d903 22b3`);

    expect(decodeProxyHeader(Buffer.concat([header, tlvs]))?.tlsVersion).toBe(tlsVersion);
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::7', '2001:db8:0:0:0:0:0:7'],
  ['2001:db8:0:0:0:0:0:7', '2001:db8:0:0:0:0:0:7'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::1.2.3.4', '0:0:0:0:0:0:102:304'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
])('%s is written as it is read, with the TLS version or without', (address, read) => {
  for (const tlsVersion of ['1.2', '1.3', undefined] as const) {
    const header = encodeProxyHeader({ address, tlsVersion });
    expect(decodeProxyHeader(header)).toEqual({ address: read, tlsVersion });
  }
});

test('it is written as HAProxy writes it, without ports and whom the client has called', () => {
  const header = encodeProxyHeader({ address: '192.0.2.1', tlsVersion: '1.3' });

  expect(header).toEqual(
    hex(
      `${signature} 21 11 001e c0000201 00000000 0000 0000 20 000f 01 00000001 21 0007 544c5376312e33`,
    ),
  );
});

test('it may come byte by byte, and in any other pieces', async () => {
  for (let size = 1; size <= withTlvs.length; size++) {
    const [near, far] = InMemorySocket.pair();
    const client = readProxyHeader(asSocket(far), 1_000);
    for (let start = 0; start < withTlvs.length; start += size) {
      near.write(withTlvs.subarray(start, start + size));
    }
    expect(await client).toEqual({ address: '192.0.2.1', tlsVersion: undefined });
  }
});

describe('refused', () => {
  test.each([
    ['no signature', hex('16030100f0010000ec0303aaaaaaaaaa')],
    ['version 1, in text', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 55555 8883\r\n')],
    ['version 3', hex(`${signature} 31 11 000c ${'00'.repeat(12)}`)],
    ['an unknown command', hex(`${signature} 22 11 000c ${'00'.repeat(12)}`)],
    ['UDP', hex(`${signature} 21 12 000c ${'00'.repeat(12)}`)],
    ['a UNIX socket', hex(`${signature} 21 31 00d8 ${'00'.repeat(216)}`)],
    ['nothing known', hex(`${signature} 21 00 0000`)],
    ['half an address', hex(`${signature} 21 11 0004 c0000201`)],
    ['no IPv6 address', hex(`${signature} 21 21 000c ${'00'.repeat(12)}`)],
    ['half an addition', hex(`${signature} 21 11 000f ${'00'.repeat(12)} 20 0009`)],
    ['half the head of an addition', hex(`${signature} 21 11 000e ${'00'.repeat(12)} 20 00`)],
    [
      'half of an addition within',
      hex(`${signature} 21 11 0016 ${'00'.repeat(12)} 20 0007 01 00000000 21 00`),
    ],
    ['too long', hex(`${signature} 21 11 0401`)],
  ])('%s', async (_, header) => {
    await expect(readFrom(header)).rejects.toThrow(ProxyHeaderError);
  });

  test.each([0, 1, 15, 16, 20])('a connection that ends after %i bytes', async (length) => {
    const [near, far] = InMemorySocket.pair();
    const address = readProxyHeader(asSocket(far), 1_000);
    near.end(overIpv4.subarray(0, length));
    await expect(address).rejects.toThrow(ProxyHeaderError);
  });

  test('a connection that is reset', async () => {
    const [near, far] = InMemorySocket.pair();
    const address = readProxyHeader(asSocket(far), 1_000);
    near.resetAndDestroy();
    await expect(address).rejects.toThrow('ECONNRESET');
  });

  test('a header that does not come in time', async () => {
    const [near, far] = InMemorySocket.pair();
    const address = readProxyHeader(asSocket(far), 20);
    near.write(overIpv4.subarray(0, 20));
    await expect(address).rejects.toThrow('in time');
  });
});

test('any bytes are an address, none, or an error of their own; nothing keeps listening', async () => {
  const anyHeader = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 60 }))
      .map(([command, family, rest]) =>
        Buffer.concat([hex(signature), Buffer.from([command, family, 0, rest.length]), rest]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(anyHeader, async (header) => {
      const [near, far] = InMemorySocket.pair();
      far.on('error', () => undefined);
      near.on('error', () => undefined);
      const before = far.eventNames().length;
      near.end(header);
      try {
        await readProxyHeader(asSocket(far), 1_000);
      } catch (error) {
        expect(error).toBeInstanceOf(ProxyHeaderError);
      }
      expect(far.eventNames()).toHaveLength(before);
    }),
    { numRuns: 300 },
  );
});

/** The address, and in hexadecimal what came behind the header. */
async function readFrom(bytes: Buffer): Promise<{ address: string | undefined; rest: string }> {
  const [near, far] = InMemorySocket.pair();
  near.write(bytes);
  const client = await readProxyHeader(asSocket(far), 1_000);
  const rest = far.read() as Buffer | null;
  return { address: client?.address, rest: rest?.toString('hex') ?? '' };
}

function asSocket(stream: InMemorySocket): Socket {
  return stream as unknown as Socket;
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
