/** What the api tells of its work: a log line and the metrics of each event. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggedTrouble, type Logger } from '@linchpin/platform/logging';
import { Counter, Histogram, type Registry } from '@linchpin/platform/metrics';
import type { Administrator, Caller } from './domain/caller.js';
import type { RequestContext } from './http/request-context.js';

/** Of what a client sent of its own, so much is logged. */
const loggedTextLengthMax = 128;

export class ApiEvents {
  readonly #limitsTrouble: LoggedTrouble;
  readonly #countTrouble: LoggedTrouble;
  readonly #uncounted: Counter;
  readonly #durations: Histogram<'route' | 'method' | 'status'>;
  readonly #requestBytes: Counter<'route'>;
  readonly #responseBytes: Counter<'route'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    this.#limitsTrouble = new LoggedTrouble({
      logger,
      stands: 'limits cannot be shared with other processes',
      over: 'limits are shared again',
    });
    this.#countTrouble = new LoggedTrouble({
      logger,
      stands: 'messages that wait for devices cannot be counted, and show as 0',
      over: 'messages that wait for devices are counted again',
    });
    const registers = [metrics];
    this.#uncounted = new Counter({
      name: 'linchpin_api_uncounted_messages_total',
      help: 'Answers that show 0 messages for each device since cloud-to-device did not tell.',
      registers,
    });
    this.#durations = new Histogram({
      name: 'linchpin_http_server_duration_seconds',
      help: 'Time from the header of a request to the end of its answer, by path template.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#requestBytes = new Counter({
      name: 'linchpin_http_server_request_body_bytes_total',
      help: 'Bytes of request bodies that were read.',
      labelNames: ['route'],
      registers,
    });
    this.#responseBytes = new Counter({
      name: 'linchpin_http_server_response_body_bytes_total',
      help: 'Bytes of the bodies of answers.',
      labelNames: ['route'],
      registers,
    });
  }

  /** Until the store of limits answers, this process holds hubs to its last share by itself. */
  limitsApart(error: unknown): void {
    this.#limitsTrouble.meet(error);
  }

  limitsShared(): void {
    this.#limitsTrouble.end();
  }

  /** The answer comes all the same. */
  messagesUncounted(error: unknown): void {
    this.#uncounted.inc();
    this.#countTrouble.meet(error);
  }

  messagesCounted(): void {
    this.#countTrouble.end();
  }

  requestEnded(context: RequestContext, response: ServerResponse): void {
    const durationMs = performance.now() - context.startedMs;
    const route = context.found?.operation.path ?? 'none';
    const method = context.found?.operation.method ?? 'other';
    const status = response.writableFinished ? response.statusCode : clientClosedStatus;
    this.#durations.observe({ route, method, status }, durationMs / 1_000);
    this.#requestBytes.inc({ route }, context.requestBytes);
    this.#responseBytes.inc({ route }, context.responseBytes);
    const line = {
      ...requestMembers(context, response.req),
      status,
      durationMs: Math.round(durationMs),
    };
    if (context.fault !== undefined) {
      this.logger.error({ ...line, err: context.fault }, 'request failed');
    } else if (status >= 500) {
      this.logger.warn(line, 'request failed');
    } else {
      this.logger.info(line, 'request');
    }
  }

  /** Requests with its tokens fail for now, unless the keys that are known are fresh enough. */
  issuerUnavailable(error: unknown): void {
    this.logger.warn({ err: error }, 'the issuer of tokens does not tell its keys');
  }
}

/** nginx's number for a client that did not wait; it is never sent. */
const clientClosedStatus = 499;

function requestMembers(
  { id, method, client, traceId, claimedHost, caller, administrator, found, error }: RequestContext,
  { headers }: IncomingMessage,
): object {
  const isUnauthorized = error?.httpStatus === 401;
  const clientRequestId = headers['x-ms-client-request-id'] ?? headers['request-id'];
  return {
    hub: caller?.hub ?? cut(found?.parameters.get('name')),
    policy: caller?.kind === 'policy' ? caller.policy : undefined,
    principal: cut(principalOf(caller) ?? principalOf(administrator)),
    deviceId: cut(found?.parameters.get('deviceId')),
    moduleId: cut(found?.parameters.get('moduleId')),
    operation: found?.operation.name,
    method,
    errorCode: error?.code,
    reason: error?.message,
    // What only the log may say of a refused credential, and which hub it was shown to.
    reasonCause: isUnauthorized ? error.causeText : undefined,
    hostName: isUnauthorized ? cut(claimedHost) : undefined,
    requestId: id,
    clientRequestId: cut(clientRequestId?.toString()),
    traceId,
    remoteAddress: client.address,
  };
}

function principalOf(who: Caller | Administrator | undefined): string | undefined {
  return who?.kind === 'principal' ? who.name : undefined;
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, loggedTextLengthMax);
}
