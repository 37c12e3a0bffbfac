export { ActorInterceptor } from './actor-interceptor.js';
export { HubTurnsInterceptor } from './hub-turns-interceptor.js';
export type { RpcCaller } from './rpc-caller.js';
export type { RpcHandlers } from './rpc-handlers.js';
export { startGrpcServer } from './start-grpc-server.js';
