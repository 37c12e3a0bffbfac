export { OriginCounts } from './origin-counts.js';
export { ServerCertificates, type CertificateFiles } from './server-certificates.js';
export {
  TlsListener,
  type CertificateSource,
  type ClientPlace,
  type ListenOptions,
} from './tls-listener.js';
export { shownCertificates } from './shown-certificates.js';
export {
  standardTlsPolicy,
  toSecureContextOptions,
  type CipherSuite,
  type TlsPolicy,
} from './tls-policy.js';
