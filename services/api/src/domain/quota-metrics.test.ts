import { expect, test } from '@jest/globals';
import type { HubLimits } from '@linchpin/wire';
import type { Hub } from './hub.js';
import { quotaMetrics } from './quota-metrics.js';

const now = new Date('2026-11-25T23:59:59Z');
const hubWith = (limits: HubLimits) =>
  ({ name: 'h', hubGeneration: '7', settings: { limits } }) as Hub;
const statistics = {
  totalDeviceCount: 3,
  enabledDeviceCount: 2,
  disabledDeviceCount: 1,
  connectedDeviceCount: 0,
  identityCountMax: 500,
};
const meter = {
  spent: (name: string) => Promise.resolve(name === 'h/7/messages/2026-11-25' ? 7 : 0),
};

test('what is spent of the day and of the devices, and what there may be', async () => {
  const hub = hubWith({ sku: 'S1', units: 2, unlimited: false });
  expect(await quotaMetrics(hub, statistics, { meter, now })).toEqual([
    { name: 'TotalMessages', currentValue: 7, maxValue: 800_000 },
    { name: 'TotalDeviceCount', currentValue: 3, maxValue: 500 },
  ]);
});

test('messages of a hub without limits are not counted', async () => {
  const hub = hubWith({ sku: 'S1', units: 2, unlimited: true });
  const [messages] = await quotaMetrics(hub, statistics, { meter, now });
  expect(messages).toEqual({ name: 'TotalMessages', currentValue: 0, maxValue: undefined });
});

test('a meter that does not answer is no fault of the client', async () => {
  const hub = hubWith({ sku: 'S1', units: 1, unlimited: false });
  const away = { spent: () => Promise.reject(new Error('timed out')) };
  await expect(quotaMetrics(hub, statistics, { meter: away, now })).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
});
