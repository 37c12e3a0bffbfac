export {
  callUnary,
  createGrpcClient,
  createGrpcClients,
  type ClientConstructor,
  type GrpcPlace,
} from './client.js';
export { ClientsByAddress } from './clients-by-address.js';
export { checkHealth } from './health.js';
export { HubCalls } from './hub-calls.js';
export { toGrpcFailure } from './hub-error-status.js';
export type { UnaryRpc } from './unary-rpc.js';
