export { readProxyHeader } from './proxy-header.js';
export { ServerCertificates, type CertificateFiles } from './server-certificates.js';
export {
  standardTlsPolicy,
  toSecureContextOptions,
  type CipherSuite,
  type TlsPolicy,
} from './tls-policy.js';
