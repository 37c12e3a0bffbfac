import { setTimeout as delay } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** For what was recorded last. */
const flushMs = 2_000;

/** Records the process's spans from now on, and sends them (`startTracing`). */
export function exportSpans(service: string, endpoint: string): () => Promise<void> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `linchpin-${service}` }),
    spanProcessors: [
      new BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
      ),
    ],
  });
  provider.register();
  return async () => {
    // What the collector does not take is lost, which is no reason for a process to end badly or late.
    const flushed = provider.shutdown().catch(() => undefined);
    await Promise.race([flushed, delay(flushMs, undefined, { ref: false })]);
  };
}
