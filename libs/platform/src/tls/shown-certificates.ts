import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/**
 * What the client showed in the handshake, each in DER, its own certificate first and then each one's
 * issuer; nothing when it showed none. (Node's `getPeerX509Certificate` would read less, but up to version
 * 20 keeps the issuers for ever.)
 */
export function* shownCertificates(socket: TLSSocket): Generator<Buffer> {
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined) {
    yield certificate.raw;
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    // The last one is its own issuer.
    certificate = issuer === certificate ? undefined : issuer;
  }
}
