import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * A process's metrics, with those of the Node process itself: CPU, memory, event-loop lag, garbage
 * collection. Hub metrics are named `iothub_*` (events-monitoring.md section 6) and carry the label
 * `hub`; no metric carries a device id.
 */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 10 });
  return registry;
}
