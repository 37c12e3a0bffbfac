import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askAs } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(async () => {
  await api.stop();
});

test('who may read telemetry is told where it is, and of which hub and policy', async () => {
  const { status, headers, text } = await askAs(api, 'service', { path: '/messages/events' });

  expect([status, text]).toEqual([200, '{"hub":"Test","policy":"service","path":"events.Test"}']);
  // Brokers read no answer whose length they do not know beforehand.
  expect(headers['content-length']).toBe(String(text.length));
});

test('nobody else is', async () => {
  const { status, headers } = await askAs(api, 'registryReadWrite', { path: '/messages/events' });

  expect([status, headers['iothub-errorcode']]).toEqual([401, 'IotHubUnauthorizedAccess']);
});
