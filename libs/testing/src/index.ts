export { BlobAccount } from './blob-account.js';
export {
  createTokenFor,
  formatConnectionString,
  parseConnectionString,
  type ConnectionString,
} from './connection-string.js';
export { InMemorySocket } from './in-memory-socket.js';
export { eventually } from './eventually.js';
export { freePort } from './free-port.js';
export { testEngines, type TestEngines } from './engines.js';
export { authorityOf, createTestCertificate, type TestCertificate } from './test-certificate.js';
