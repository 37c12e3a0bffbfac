export { failureHeaders, sendAnswer, type Exchange } from './answer.js';
export { faultAnswer, lastAnswer } from './http-fault.js';
export { HttpConnectionEvents } from './http-connection-events.js';
export {
  HttpsServer,
  type BegunRequestListener,
  type HttpLimits,
  type UpgradeRequest,
} from './https-server.js';
export type { BegunRequest } from './open-connections.js';
export { readBody, leavesUnreadBody, type BodyTerms } from './request-body.js';
export { readHost } from './request-host.js';
export { parseRequestTarget, type RequestTarget } from './request-target.js';
export { dropUnparsed } from './unparsed-bytes.js';
