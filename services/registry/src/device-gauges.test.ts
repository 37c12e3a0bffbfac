import { expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics, type Registry } from '@linchpin/platform/metrics';
import { registerDeviceGauges } from './device-gauges.js';
import { RegistryEvents } from './events.js';

test('counts devices now and then, and keeps the last count when that fails', async () => {
  const metrics = createMetrics('test');
  const events = new RegistryEvents(createLogger({ service: 'test', level: 'silent' }), metrics);
  const statistics = { total: 3, enabled: 2, disabled: 1, connected: 1 };
  let now = 0;
  const answers = [
    () => Promise.resolve(new Map([['hub1', statistics]])),
    () => Promise.reject(new Error('down')),
    () => Promise.resolve(new Map([['hub2', { ...statistics, total: 4 }]])),
  ];
  const counts = {
    count: () => Promise.resolve(0),
    statistics: () => Promise.resolve(statistics),
    statisticsOfAll: () => answers.shift()!(),
  };
  registerDeviceGauges({ metrics, counts, events, clock: () => new Date(now) });
  const scrape = async () => [
    ...(await valuesOf(metrics, 'iothub_devices')),
    ...(await valuesOf(metrics, 'iothub_devices_connected')),
  ];

  const first = ['hub1 3', 'hub1 1'];
  expect(await Promise.all([scrape(), scrape()])).toEqual([first, first]);
  now = 60_000;
  expect(await scrape()).toEqual(first);
  now = 120_000;
  expect(await scrape()).toEqual(['hub2 4', 'hub2 1']);
});

async function valuesOf(metrics: Registry, name: string): Promise<string[]> {
  const { values } = await metrics.getSingleMetric(name)!.get();
  return values.map(({ labels, value }) => `${labels['hub']} ${value}`);
}
