export { SpanKind } from '@opentelemetry/api';
export { activeTraceId, startTracing, withSpan } from './tracing.js';
