import type { IncomingMessage } from 'node:http';
import { activeTraceId, SpanKind, withSpan } from '@linchpin/platform/tracing';
import type { BegunRequest, BegunRequestListener, Exchange } from '@linchpin/platform/http-server';
import { actAs } from '@linchpin/platform/actor';
import { HubError } from '@linchpin/wire';
import type { RequestRooms } from '../domain/request-rooms.js';
import type { ApiEvents } from '../events.js';
import type { Admission } from './admission.js';
import { actorOf } from './actor.js';
import { answerError } from './error-answer.js';
import type { OperationHandlers } from './operation-handlers.js';
import { beginContext, contextOf } from './request-context.js';
import { expectedBytes, holderOf } from './request-memory.js';

interface RequestListenerOptions {
  readonly admission: Admission;
  readonly rooms: RequestRooms;
  readonly handlers: OperationHandlers;
  readonly events: ApiEvents;
}

/** The way of every request: begin, admit, find room, hand to its controller, and tell when it has ended. */
export function createRequestListener(options: RequestListenerOptions): BegunRequestListener {
  return (request, response, begun) => {
    const context = beginContext(request, begun);
    response.setHeader('x-ms-request-id', context.id);
    // Answers hold keys.
    response.setHeader('Cache-Control', 'no-store');
    void serve({ request, response }, begun, options);
  };
}

async function serve(
  exchange: Exchange,
  { ended }: BegunRequest,
  options: RequestListenerOptions,
): Promise<void> {
  const { request, response } = exchange;
  const context = contextOf(request);
  const name = `HTTP ${context.method}`;
  await withSpan({ name, kind: SpanKind.SERVER, carrier: traceOf(request) }, async (span) => {
    context.traceId = activeTraceId();
    try {
      const found = await options.admission.admit(exchange);
      checkConnected(request);
      context.room = options.rooms.enter(holderOf(context), expectedBytes(found));
      span.updateName(`${found.operation.method} ${found.operation.path}`);
      const handled = actAs(actorOf(context), () => options.handlers.handle(found, exchange));
      handled.catch((error: unknown) => {
        // What a controller throws was to be answered, and could not be.
        context.fault = error;
        request.socket.destroy();
      });
    } catch (error) {
      answerError(exchange, error);
    }
    await ended;
    context.room?.leave();
    options.events.requestEnded(context, response);
    span.setAttribute('http.response.status_code', response.statusCode);
  });
}

/** Nothing is done for a client that was gone before. */
function checkConnected({ socket }: IncomingMessage): void {
  if (socket.destroyed) {
    throw new HubError('ClientClosedRequest', 'The connection was closed.');
  }
}

/** The trace that the client is in, if it says so. */
function traceOf({ headers }: IncomingMessage): Record<string, string> {
  const { traceparent, tracestate } = headers;
  return typeof traceparent === 'string'
    ? { traceparent, ...(typeof tracestate === 'string' && { tracestate }) }
    : {};
}
