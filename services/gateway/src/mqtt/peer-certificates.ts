import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** Longer chains are cut: a certificate may claim any issuer. */
const chainLengthMax = 10;

/** What the client showed in the handshake, the leaf first, each in DER; empty when it showed none. */
export function peerCertificates(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && chain.length < chainLengthMax) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    // The last one is its own issuer.
    certificate = issuer === certificate ? undefined : issuer;
  }
  return chain;
}
