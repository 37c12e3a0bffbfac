export { callUnary, createGrpcClient } from './client.js';
export { fromServiceError, toGrpcFailure, type GrpcFailure } from './hub-error-status.js';
