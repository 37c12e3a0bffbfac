export { ProbeServer } from './probe-server.js';
export { watchPeers } from './watch-peers.js';
