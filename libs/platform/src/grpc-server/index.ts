export { grpcServerOptions } from './grpc-server.js';
export { HubErrorFilter } from './hub-error-filter.js';
export type { RpcHandlers } from './rpc-handlers.js';
export { RpcInterceptor } from './rpc-interceptor.js';
export { startGrpcServer } from './start-grpc-server.js';
