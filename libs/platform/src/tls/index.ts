export { ServerCertificates, type CertificateFiles } from './server-certificates.js';
export { tlsPolicy } from './tls-policy.js';
