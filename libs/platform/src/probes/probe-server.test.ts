import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { createMetrics } from '../metrics/metrics.js';
import { ProbeServer } from './probe-server.js';
import type { ReadyCheck } from './ready-check.js';

let probes: ProbeServer;

afterEach(() => probes.stop());

async function start(redis: ReadyCheck): Promise<string> {
  const listen = { host: '127.0.0.1', port: 0 };
  const metrics = createMetrics('test');
  probes = await ProbeServer.start({ listen, metrics, readyChecks: { redis } });
  return `http://127.0.0.1:${probes.port}`;
}

test('many who ask at once cost the engines one question, and who asks later another', async () => {
  let questions = 0;
  const url = await start(async () => {
    questions += 1;
    await delay(200);
  });
  const look = () => fetch(`${url}/healthz/ready`);
  const answers = await Promise.all(Array.from({ length: 20 }, look));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(questions).toBeLessThan(5);

  const before = questions;
  expect((await look()).status).toBe(200);
  expect(questions).toBe(before + 1);
});

test('what does not answer is named', async () => {
  const url = await start(() => Promise.reject(new Error('connection refused')));
  const response = await fetch(`${url}/healthz/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: 'not ready',
    checks: { redis: 'connection refused' },
  });
});
