import {
  request as sendRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import type { Socket } from 'node:net';
import type { ClientSource } from '@linchpin/auth';
import { dropUnparsed, leavesUnreadBody } from '@linchpin/platform/http-server';
import { azureLimits, HubError } from '@linchpin/wire';
import { endToEndHeaders } from './end-to-end-headers.js';
import { refuseRequest } from './refuse-request.js';
import type { CallExchange } from './served-call.js';

interface PassThroughParts {
  /** A way to the api of one client's own, whose requests take turns on it. */
  readonly api: { agentFor(client: ClientSource): Agent };
  /** Of a message, either way. */
  readonly headerBytesMax: number;
  readonly events: PassThroughEvents;
}

interface PassThroughEvents {
  /** A request was refused for want of the api. */
  apiFailed(error: unknown): void;
  apiAnswered(): void;
}

/** How long the api may take: a direct method waits for its device, and then for the answer. */
const answerMsMax =
  1_000 *
  (azureLimits.methodConnectTimeoutSecondsMax + azureLimits.methodResponseTimeoutSecondsMax);

const retryAfterMs = 1_000;

/** Of a request by any other, Node announces chunks when nothing says how long it is. */
const unchunkedMethods = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/**
 * Passes requests on to the api and its answers back. Each is parsed and written anew, by the same parser and writer at
 * both ends, so that client, gateway and api agree where a message ends: what could be taken in two ways ends here.
 */
export class PassThrough {
  readonly #agents = new Map<Socket, Agent>();

  constructor(private readonly parts: PassThroughParts) {}

  pass(exchange: CallExchange): void {
    const { request, response, begun } = exchange;
    const { method = '', url = '' } = request;
    // The api ends it when it has taken too long.
    begun.allow(answerMsMax);
    const passed = sendRequest({
      agent: this.#agentOf(request.socket, begun.client),
      ...{ method, path: url, headers: headersOf(request) },
      maxHeaderSize: this.parts.headerBytesMax,
    });
    passed.maxHeadersCount = 0;
    begun.onGone(() => passed.destroy());
    passed.on('continue', () => {
      response.writeContinue();
    });
    passed.once('response', (answer) => {
      this.parts.events.apiAnswered();
      passBack(answer, exchange);
    });
    passed.on('error', (error) => {
      this.#fail(error, exchange);
    });
    // The api judges before it reads: it is not to wait for the body.
    passed.flushHeaders();
    request.pipe(passed);
    readToEnd(request, passed);
  }

  #agentOf(socket: Socket, client: ClientSource): Agent {
    const known = this.#agents.get(socket);
    if (known !== undefined) {
      return known;
    }
    const agent = this.parts.api.agentFor(client);
    this.#agents.set(socket, agent);
    socket.once('close', () => {
      this.#agents.delete(socket);
      agent.destroy();
    });
    return agent;
  }

  #fail(error: Error, exchange: CallExchange): void {
    const { request, response } = exchange;
    // Whether an answer that has begun comes to its end, is looked at there.
    if (!request.socket.destroyed && !response.headersSent) {
      this.parts.events.apiFailed(error);
      refuseRequest(exchange, unavailable());
    }
  }
}

/** How long the body is, stands in the fields alone or is told by its chunks: as it came, in our own words. */
function headersOf({ method, rawHeaders, headers }: IncomingMessage): string[] {
  const passed = endToEndHeaders(rawHeaders);
  if (headers['transfer-encoding'] !== undefined) {
    return [...passed, 'Transfer-Encoding', 'chunked'];
  }
  const isChunkedUnlessTold = !unchunkedMethods.has(method ?? '');
  return headers['content-length'] === undefined && isChunkedUnlessTold
    ? [...passed, 'Content-Length', '0']
    : passed;
}

function passBack(answer: IncomingMessage, { request, response, begun }: CallExchange): void {
  const { statusCode = 502, statusMessage, rawHeaders } = answer;
  const isLast = /\bclose\b/i.test(answer.headers.connection ?? '');
  if (isLast && leavesUnreadBody(request)) {
    // Node says so to the client then.
    response.shouldKeepAlive = false;
    dropUnparsed(request.socket);
  }
  if (statusCode === 401) {
    // Who was not let in keeps no place that others need.
    response.shouldKeepAlive = false;
  }
  response.writeHead(statusCode, statusMessage, endToEndHeaders(rawHeaders));
  answer.pipe(response);
  answer.on('error', () => undefined);
  answer.once('close', () => {
    if (answer.complete) {
      // What is left is the client's to take, in the time of every answer.
      begun.allow(0);
    } else {
      request.socket.destroy();
    }
  });
}

/** When the api does not take the rest of a body, nobody does; without this it would stand before the next request. */
function readToEnd(request: IncomingMessage, passed: ClientRequest): void {
  passed.once('close', () => {
    request.unpipe(passed);
    request.resume();
  });
}

function unavailable(): HubError {
  return new HubError('ServiceUnavailable', 'The service does not answer; try again.', {
    retryAfterMs,
  });
}
