import {
  context,
  propagation,
  SpanStatusCode,
  trace,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';

/**
 * Sends the process's spans to `endpoint` over OTLP/HTTP. Without an endpoint nothing is recorded
 * and every function below costs next to nothing.
 *
 * @returns flushes and ends the export; a collector that does not answer holds nothing up
 */
export async function startTracing(
  service: string,
  endpoint: string | undefined,
): Promise<() => Promise<void>> {
  if (endpoint === undefined) {
    return () => Promise.resolve();
  }
  // A quarter of all that a process would load, for those who want it.
  const { exportSpans } = await import('./export-spans.js');
  return exportSpans(service, endpoint);
}

interface SpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** The headers that carry the caller's trace, when another process began it. */
  readonly carrier?: Readonly<Record<string, string>>;
}

/** Runs `work` inside a span that ends with it and bears its failure. */
export async function withSpan<Result>(
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const parent =
    options.carrier === undefined
      ? context.active()
      : propagation.extract(context.active(), options.carrier);
  const tracer = trace.getTracer('linchpin');
  const { name, kind, attributes = {} } = options;
  return tracer.startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.recordException(error instanceof Error ? error : String(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The names of the headers that carry a trace; none when none is recorded. */
export function traceFields(): readonly string[] {
  return propagation.fields();
}

/** The headers that carry the active trace to another process; empty when none is recorded. */
export function traceCarrier(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The id of the active trace for log lines, if one is recorded. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
