/** What the gateway tells of calls over HTTPS: a log line and the metrics of each. */
import type { Logger } from '@linchpin/platform/logging';
import { Histogram, type Registry } from '@linchpin/platform/metrics';
import { failureFields } from './failure-fields.js';
import type { ServedCall } from './http/served-call.js';

/** nginx's number for a client that did not wait; it is never sent. */
const clientClosedStatus = 499;

/** Of what a client sent of its own, so much is logged. */
const loggedTextLengthMax = 128;

export class DeviceCallEvents {
  readonly #durations: Histogram<'operation' | 'status'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    this.#durations = new Histogram({
      name: 'linchpin_gateway_https_call_duration_seconds',
      help: 'Time from the header of a call to the end of its answer.',
      labelNames: ['operation', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics],
    });
  }

  /** The answer is sent, or will never be. */
  ended(served: ServedCall): void {
    const durationMs = performance.now() - served.startedMs;
    const { response } = served.exchange;
    const status = response.writableFinished ? response.statusCode : clientClosedStatus;
    const operation = served.call.name;
    this.#durations.observe({ operation, status }, durationMs / 1_000);
    const line = { ...membersOf(served), operation, status, durationMs: Math.round(durationMs) };
    if (served.fault !== undefined) {
      this.logger.error({ ...line, err: served.fault }, 'request failed');
    } else if (status >= 500) {
      this.logger.warn(line, 'request failed');
    } else if (status >= 400) {
      this.logger.info(line, 'request refused');
    } else {
      // A device may make hundreds a second, and messages of other protocols have no line either.
      this.logger.debug(line, 'request');
    }
  }
}

function membersOf({ id, session, call, exchange, ...served }: ServedCall): object {
  const { request, begun } = exchange;
  const { headers, method } = request;
  const clientRequestId = headers['x-ms-client-request-id']?.toString();
  return {
    hub: session?.grant.hub,
    deviceId: cut(call.identity.deviceId),
    moduleId: cut(call.identity.moduleId),
    protocol: 'https',
    method,
    ...failureFields(served.error),
    // To which hub a credential was shown that did not count.
    hostName: session === undefined ? cut(headers.host) : undefined,
    messages: served.messages,
    requestBytes: served.requestBytes,
    responseBytes: served.responseBytes,
    requestId: id,
    clientRequestId: cut(clientRequestId),
    connectionId: session?.connectionId,
    remoteAddress: begun.client.address,
  };
}

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, loggedTextLengthMax);
}
