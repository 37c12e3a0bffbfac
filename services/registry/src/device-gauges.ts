/** How many devices each hub has (events-monitoring.md section 6). */
import { Gauge, type Registry } from '@linchpin/platform/metrics';
import type { DeviceStatistics, IdentityCounts } from './domain/identity-counts.js';
import type { RegistryEvents } from './events.js';

interface DeviceGaugesParts {
  readonly metrics: Registry;
  readonly counts: IdentityCounts;
  readonly events: RegistryEvents;
  readonly clock: () => Date;
}

/** Counting a million devices takes a while, so scrapes in between see the last count. */
const countLifetimeMs = 60_000;

export function registerDeviceGauges(parts: DeviceGaugesParts): void {
  const counts = new CachedCounts(parts);
  registerGauge(parts.metrics, counts, {
    name: 'iothub_devices',
    help: 'Devices registered, by hub; modules are not counted.',
    read: ({ total }) => total,
  });
  registerGauge(parts.metrics, counts, {
    name: 'iothub_devices_connected',
    help: 'Devices connected, by hub; modules are not counted.',
    read: ({ connected }) => connected,
  });
}

interface DeviceGauge {
  readonly name: string;
  readonly help: string;
  readonly read: (statistics: DeviceStatistics) => number;
}

function registerGauge(metrics: Registry, counts: CachedCounts, gauge: DeviceGauge): void {
  const { name, help, read } = gauge;
  new Gauge({
    name,
    help,
    labelNames: ['hub'],
    registers: [metrics],
    async collect() {
      const statistics = await counts.get();
      this.reset();
      for (const [hub, ofHub] of statistics) {
        this.set({ hub }, read(ofHub));
      }
    },
  });
}

type Counts = ReadonlyMap<string, DeviceStatistics>;

class CachedCounts {
  #counts: Promise<Counts> = Promise.resolve(new Map());
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: DeviceGaugesParts) {}

  get(): Promise<Counts> {
    const now = this.parts.clock().getTime();
    if (now - this.#countedAt >= countLifetimeMs) {
      this.#countedAt = now;
      this.#counts = this.#recount(this.#counts);
    }
    return this.#counts;
  }

  /** Those of last time when it fails: the process's other metrics matter then most of all. */
  async #recount(previous: Promise<Counts>): Promise<Counts> {
    try {
      return await this.parts.counts.statisticsOfAll();
    } catch (error) {
      this.parts.events.devicesUncounted(error);
      return previous;
    }
  }
}
