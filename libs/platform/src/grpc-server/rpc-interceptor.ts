import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { HubError } from '@linchpin/wire';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Logger } from '../logging/logger.js';
import { Histogram, type Registry } from '../metrics/metrics.js';
import { activeTraceId, SpanKind, withSpan } from '../tracing/index.js';

/** One span, one observation and, when it failed, one log line for each rpc served. */
export class RpcInterceptor implements NestInterceptor {
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

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2);
    return from(this.#serve(call.getPath().slice(1), call.metadata, next));
  }

  async #serve(operation: string, metadata: Metadata, next: CallHandler): Promise<unknown> {
    const end = this.#durations.startTimer({ operation });
    const span = { name: operation, kind: SpanKind.SERVER, carrier: textOf(metadata) };
    return withSpan(span, async () => {
      try {
        const response: unknown = await lastValueFrom(next.handle());
        end({ error: '' });
        return response;
      } catch (error) {
        const errorCode = error instanceof HubError ? error.code : 'ServerError';
        const durationMs = Math.round(end({ error: errorCode }) * 1_000);
        const line = { operation, errorCode, durationMs, traceId: activeTraceId() };
        if (error instanceof HubError && errorCode !== 'ServerError') {
          this.logger.info({ ...line, reason: error.message }, 'rpc refused');
        } else {
          this.logger.error({ ...line, err: error }, 'rpc failed');
        }
        throw error;
      }
    });
  }
}

function textOf(metadata: Metadata): Record<string, string> {
  const text = Object.entries(metadata.getMap()).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(text) as Record<string, string>;
}
