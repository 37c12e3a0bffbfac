import type { Metadata } from '@grpc/grpc-js';
import { HubError } from '@linchpin/wire';
import type { Logger } from '../logging/logger.js';
import { Histogram, type Registry } from '../metrics/metrics.js';
import { activeTraceId, SpanKind, traceFields, withSpan } from '../tracing/index.js';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';

/** One span, one observation and, when it failed, one log line for each rpc served. */
export class RpcLog implements RpcInterceptor {
  readonly #durations: Histogram<'operation' | 'error'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    this.#durations = new Histogram({
      name: 'linchpin_rpc_server_duration_seconds',
      help: 'Time to serve an rpc, by operation and error code (empty when it succeeded).',
      labelNames: ['operation', 'error'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [metrics],
    });
  }

  intercept(call: RpcCall, next: () => Promise<unknown>): Promise<unknown> {
    const operation = call.getPath().slice(1);
    const end = this.#durations.startTimer({ operation });
    const span = { name: operation, kind: SpanKind.SERVER, carrier: traceOf(call.metadata) };
    return withSpan(span, async () => {
      try {
        const response = await next();
        end({ error: '' });
        return response;
      } catch (error) {
        const errorCode = error instanceof HubError ? error.code : 'ServerError';
        const durationMs = Math.round(end({ error: errorCode }) * 1_000);
        const line = { operation, ...subjectOf(call.request), errorCode, durationMs };
        this.#logFailure({ ...line, traceId: activeTraceId() }, error);
        throw error;
      }
    });
  }

  /** A client's fault is told at info; what heals itself is a warning; the rest is for us to mend. */
  #logFailure(line: object, error: unknown): void {
    if (!(error instanceof HubError) || error.code === 'ServerError') {
      this.logger.error({ ...line, err: error }, 'rpc failed');
    } else if (error.httpStatus >= 500) {
      this.logger.warn({ ...line, reason: error.message, err: error.cause }, 'rpc failed for now');
    } else {
      const { message: reason, causeText: reasonCause } = error;
      this.logger.info({ ...line, reason, reasonCause }, 'rpc refused');
    }
  }
}

const subjectMembers = ['hub', 'hostName', 'deviceId', 'moduleId'] as const;
/** Longer than any that exists, yet short enough for a line. */
const subjectLengthMax = 128;

/** Whom the request is about, by the names that requests and logs share. */
function subjectOf(request: Readonly<Record<string, unknown>>): Record<string, string> {
  const subject: Record<string, string> = {};
  for (const member of subjectMembers) {
    const value = request[member];
    if (typeof value === 'string') {
      subject[member] = value.slice(0, subjectLengthMax);
    }
  }
  return subject;
}

function traceOf(metadata: Metadata): Record<string, string> {
  const texts = traceFields().flatMap((name) => {
    const [value] = metadata.get(name);
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(texts);
}
