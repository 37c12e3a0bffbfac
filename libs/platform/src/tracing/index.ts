export { SpanKind } from '@opentelemetry/api';
export { activeTraceId, startTracing, traceCarrier, withSpan } from './tracing.js';
