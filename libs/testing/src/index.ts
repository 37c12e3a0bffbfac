export {
  createTokenFor,
  formatConnectionString,
  parseConnectionString,
  type ConnectionString,
} from './connection-string.js';
export { testEngines, type TestEngines } from './engines.js';
