export { callUnary, createGrpcClient } from './client.js';
export { checkHealth } from './health.js';
export { fromServiceError, toGrpcFailure, type GrpcFailure } from './hub-error-status.js';
