export type { RpcHandlers } from './rpc-handlers.js';
export { startGrpcServer } from './start-grpc-server.js';
