/** What a client sees when a request fails (service-rest.md section 1.6). */
import { failureHeaders, type Exchange } from '@linchpin/platform/http-server';
import { HubError, legacyErrorBody, nestedErrorBody, formatTrackingId } from '@linchpin/wire';
import { answerFailure } from './answer.js';
import { contextOf, type RequestContext } from './request-context.js';

/**
 * Answers with the error's code, in the shape of the path. An error that is no HubError is a fault of
 * ours, of which the client learns nothing but that it happened.
 */
export function answerError(exchange: Exchange, error: unknown): void {
  const { request, response } = exchange;
  const context = contextOf(request);
  const hubError =
    error instanceof HubError ? error : new HubError('ServerError', 'Internal error.');
  context.error = hubError;
  context.fault = hubError === error ? undefined : error;
  if (response.headersSent || request.socket.destroyed) {
    request.socket.destroy();
    return;
  }
  for (const [name, value] of failureHeaders(hubError)) {
    response.setHeader(name, value);
  }
  const shape = errorShapeOf(context.target.segments);
  if (hubError.httpStatus === 401) {
    response.setHeader('WWW-Authenticate', shape === 'arm' ? 'Bearer' : 'SharedAccessSignature');
  }
  answerFailure(exchange, hubError.httpStatus, errorBody(hubError, shape, context));
}

/** `arm` is that of the control plane (section 14.4). */
type ErrorShape = 'arm' | 'legacy' | 'nested';

/** By path and not by operation, for what does not exist is answered as well. */
export function errorShapeOf(segments: readonly string[]): ErrorShape {
  const [first = '', second = ''] = segments.map((segment) => segment.toLowerCase());
  if (first === 'subscriptions' || first === 'providers') {
    return 'arm';
  }
  const isNested =
    ['twins', 'digitaltwins'].includes(first) || (first === 'jobs' && second === 'v2');
  return isNested ? 'nested' : 'legacy';
}

function errorBody(error: HubError, shape: ErrorShape, context: RequestContext): object {
  const occurrence = { id: context.id, time: new Date() };
  if (shape === 'arm') {
    return {
      code: error.code,
      httpStatusCode: String(error.httpStatus),
      message: error.message,
      details: `Tracking ID:${formatTrackingId(occurrence)}`,
      // As Azure Resource Manager itself writes it: SDKs read this where they expect no error.
      error: { code: error.code, message: error.message },
    };
  }
  // A failed authorisation is told in the same way on every path.
  return shape === 'nested' && error.httpStatus !== 401
    ? nestedErrorBody(error, occurrence)
    : legacyErrorBody(error, occurrence);
}
