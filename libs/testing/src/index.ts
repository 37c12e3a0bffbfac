export { testEngines, type TestEngines } from './engines.js';
