export { Counter, createMetrics, Gauge, Histogram, type Registry } from './metrics.js';
