export { callUnary, createGrpcClient, createGrpcClients, type GrpcPlace } from './client.js';
export { checkHealth } from './health.js';
export { toGrpcFailure } from './hub-error-status.js';
