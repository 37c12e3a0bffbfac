export { BlobAccount } from './blob-account.js';
export { collectGarbage } from './collect-garbage.js';
export { createTokenFor, parseConnectionString } from './connection-string.js';
export { CuttableProxy } from './cuttable-proxy.js';
export { InMemorySocket } from './in-memory-socket.js';
export { eventually, eventuallyPasses } from './eventually.js';
export { freePort } from './free-port.js';
export { askHttps, exchangeHttps, type HttpsAnswer } from './https-answer.js';
export { testEngines, testHub, testIssuerSettings, testServiceVariables } from './engines.js';
export {
  extensionOf,
  formatPem,
  generateKeys,
  issueCertificate,
  nameOf,
  type IssuedCertificate,
  type IssueOptions,
} from './issued-certificate.js';
export { localProxyHeader, proxyHeaderFor } from './proxy-header.js';
export { S3Store } from './s3-store.js';
export { authorityOf, createTestCertificate, type TestCertificate } from './test-certificate.js';
export { TestIssuer } from './test-issuer.js';
