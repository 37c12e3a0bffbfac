export { HubTurnsInterceptor } from './hub-turns-interceptor.js';
export { callerSignal } from './caller-signal.js';
export type { RpcHandlers } from './rpc-handlers.js';
export { startGrpcServer } from './start-grpc-server.js';
