export { ProbeServer, type ReadyCheck } from './probe-server.js';
