import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { azureLimits } from '@linchpin/wire';

/**
 * What the client showed in the handshake, each in DER, its own certificate first and then each one's
 * issuer; empty when it showed none. TLS bounds all of it to 100 KB, which takes 10 ms to read at the
 * worst. (Node's `getPeerX509Certificate` reads less, but up to version 20 keeps the issuers for ever.)
 */
export function peerCertificates(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && isJudged(certificate.raw, chain)) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    // The last one is its own issuer.
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}

/** Nobody looks at longer chains and larger issuers, so they go no further. */
function isJudged(raw: Buffer, { length }: readonly Buffer[]): boolean {
  const { certificateChainLengthMax, certificateBytesMax } = azureLimits;
  return length === 0 || (length < certificateChainLengthMax && raw.length <= certificateBytesMax);
}
