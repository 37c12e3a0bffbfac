/** What happens in this service, each thing in one place with its log line and its metrics. */
import type { Logger } from '@linchpin/platform/logging';
import { Counter, Gauge, Histogram, type Registry } from '@linchpin/platform/metrics';
import type { MethodAnswer, MethodCall } from './domain/method-call.js';

/** `iothub_*` are those that Azure has too (events-monitoring.md section 6). */
export class CloudToDeviceEvents {
  readonly #methods: Counter<'result'>;
  readonly #requestBytes: Histogram;
  readonly #responseBytes: Histogram;
  readonly #running: Gauge;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    const buckets = [16, 64, 256, 1_024, 4_096, 16_384, 65_536, 131_072];
    this.#methods = new Counter({
      name: 'iothub_methods_total',
      help: 'Direct methods that ended; a device that answered makes a success, whatever its status.',
      labelNames: ['result'],
      registers,
    });
    this.#requestBytes = new Histogram({
      name: 'iothub_method_request_bytes',
      help: 'Bytes of the payload of direct methods.',
      buckets,
      registers,
    });
    this.#responseBytes = new Histogram({
      name: 'iothub_method_response_bytes',
      help: 'Bytes of the payload with which devices answered.',
      buckets,
      registers,
    });
    this.#running = new Gauge({
      name: 'linchpin_methods_running',
      help: 'Direct methods that wait for their device or for its answer.',
      registers,
    });
  }

  /** @returns to be told once: the device's answer, or undefined when there is none */
  methodBegun(call: MethodCall): (answer: MethodAnswer | undefined) => void {
    const startedMs = performance.now();
    this.#running.inc();
    this.#requestBytes.observe(call.payload.length);
    return (answer) => {
      this.#running.dec();
      this.#methods.inc({ result: answer === undefined ? 'failure' : 'success' });
      // Why there is none stands in the line of the failed rpc.
      if (answer !== undefined) {
        this.#responseBytes.observe(answer.payload.length);
        const { hub, identity, payload } = call;
        const line = {
          hub,
          ...identity,
          status: String(answer.status),
          requestBytes: payload.length,
          responseBytes: answer.payload.length,
          durationMs: Math.round(performance.now() - startedMs),
        };
        this.logger.info(line, 'method answered');
      }
    };
  }
}
