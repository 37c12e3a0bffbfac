export { callUnary, createGrpcClient, createGrpcClients, type GrpcPlace } from './client.js';
export { checkHealth } from './health.js';
export { fromServiceError, toGrpcFailure, type GrpcFailure } from './hub-error-status.js';
