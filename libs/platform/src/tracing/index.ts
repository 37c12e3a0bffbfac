export { SpanKind } from '@opentelemetry/api';
export { activeTraceId, startTracing, traceFields, withSpan } from './tracing.js';
