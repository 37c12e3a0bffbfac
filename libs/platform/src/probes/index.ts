export { ProbeServer } from './probe-server.js';
