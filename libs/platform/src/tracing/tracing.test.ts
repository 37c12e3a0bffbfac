import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import { expect, test } from '@jest/globals';
import { startTracing, withSpan } from './tracing.js';

async function recordOne(endpoint: string): Promise<void> {
  const stop = await startTracing('test', endpoint);
  await withSpan({ name: 'one', kind: SpanKind.SERVER }, () => Promise.resolve());
  await stop();
}

test('a collector that nobody runs, or that never answers, does not hold up a stop', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;

  const before = performance.now();
  await expect(recordOne('http://127.0.0.1:1')).resolves.toBeUndefined();
  await expect(recordOne(`http://127.0.0.1:${port}`)).resolves.toBeUndefined();
  expect(performance.now() - before).toBeLessThan(6_000);

  silent.closeAllConnections();
  silent.close();
}, 20_000);
