export { RpcServer, type Rpc, type RpcCall } from './rpc-server.js';
