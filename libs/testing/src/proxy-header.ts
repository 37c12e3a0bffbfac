import { encodeProxyHeader } from '@linchpin/platform/tls';

/** What a load balancer sends first for a client at `address`: PROXY protocol, version 2. */
export function proxyHeaderFor(address: string): Buffer {
  return encodeProxyHeader({ address, tlsVersion: undefined });
}

/** The same where it speaks for itself: a health check. */
export const localProxyHeader = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
