export { OriginCounts } from './origin-counts.js';
export { encodeProxyHeader } from './proxy-header.js';
export { ServerCertificates } from './server-certificates.js';
export { TlsListener, type ClientPlace, type ListenOptions } from './tls-listener.js';
export { shownCertificates } from './shown-certificates.js';
export { standardTlsPolicy, toSecureContextOptions } from './tls-policy.js';
