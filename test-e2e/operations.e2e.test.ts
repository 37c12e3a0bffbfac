/** What whoever runs a hub sees of it: probes, metrics, logs and traces of each process. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { policyKeys } from './support/administration.js';
import { connectWith, eventsTopic, open } from './support/device-client.js';
import { hub } from './support/hub.js';
import { invokeMethod, openForMethods, respond, takeMethod } from './support/methods.js';
import { metric, processState } from './support/processes.js';
import { connectFields, createDevice, request, tokenOf } from './support/registry.js';
import { TraceCollector } from './support/trace-collector.js';

const services = ['registry', 'api', 'gateway-1', 'gateway-2'] as const;

function probe(name: (typeof services)[number], path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${processState(name).probePort ?? 0}${path}`);
}

test.each([
  ['registry', ['postgres', 'kafka']],
  ['api', ['registry']],
  ['gateway-1', ['redis', 'kafka', 'registry']],
  ['gateway-2', ['redis', 'kafka', 'registry']],
] as const)('%s is live, and ready when what it needs answers', async (name, needs) => {
  expect(await (await probe(name, '/healthz/live')).json()).toEqual({ status: 'live' });

  const ready = await probe(name, '/healthz/ready');
  expect(ready.status).toBe(200);
  const checks = Object.fromEntries(needs.map((need) => [need, 'ok']));
  expect(await ready.json()).toEqual({ status: 'ready', checks });
});

test.each(services)('the metrics of %s are in Prometheus’s text format', async (name) => {
  const response = await probe(name, '/metrics');
  const text = await response.text();

  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{.*\} \d/m);
  expect(text).toMatch(/^process_resident_memory_bytes\{.*\} \d/m);
});

test('a gateway counts connections, messages, bytes, refusals and batches', async () => {
  const socket = { gateway: 'gateway-1' } as const;
  const device = await createDevice();
  const figures = (): Promise<number[]> =>
    Promise.all([
      metric('gateway-1', 'iothub_telemetry_ingress_total', { hub: 'local' }),
      metric('gateway-1', 'iothub_device_data_bytes_total', { hub: 'local' }),
      metric('gateway-1', 'linchpin_gateway_connects_refused_total'),
      metric('gateway-1', 'linchpin_kafka_batch_records_count'),
      metric('gateway-1', 'linchpin_gateway_connect_duration_seconds_count'),
    ]);
  const before = await figures();

  const client = await open(device, {}, socket);
  for (let number = 1; number <= 5; number++) {
    await client.publish(eventsTopic(device), 'x'.repeat(100), number);
  }
  expect(
    await metric('gateway-1', 'linchpin_gateway_connections', { hub: 'local' }),
  ).toBeGreaterThan(0);
  await client.disconnect();
  const unknown = { ...connectFields(device), username: `${hub.host}/nobody`, clientId: 'nobody' };
  await expect(open(device, unknown, socket)).rejects.toThrow('CONNECT was answered with 5');

  const rises = (await figures()).map((figure, index) => figure - before[index]!);
  const least = [5, 500, 1, 1, 1];
  expect(rises.map((rise, index) => rise >= least[index]!)).toEqual(least.map(() => true));
});

test('logs are JSON, name who is concerned, and hold no secret', async () => {
  const device = await createDevice();
  const token = tokenOf(device);
  const client = await open(device, { password: Buffer.from(token) });
  await client.publish(`${eventsTopic(device)}note=not-for-logs`, 'payload-not-for-logs', 1);
  await client.disconnect();
  const forged = `${token}0`;
  expect(await connectWith({ ...connectFields(device), password: Buffer.from(forged) })).toBe(5);
  await request('DELETE', `/devices/${device.deviceId}`);
  await eventually(() => linesOf(device.deviceId).some(({ msg }) => msg === 'connect refused'));

  expect(linesOf(device.deviceId)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ service: 'gateway', cause: 'client-disconnect', messages: 1 }),
      expect.objectContaining({ service: 'gateway', errorCode: 'IotHubUnauthorized' }),
    ]),
  );
  const signature = /sig=([^&]+)/.exec(token)?.[1] ?? token;
  const secrets = [
    ...[device.primaryKey, device.secondaryKey, signature, decodeURIComponent(signature)],
    ...['not-for-logs', hub.adminToken, hub.owner.key, ...(await policyKeys()).values()],
    ...['master-keys', 'postgres-password', 'redis-password'].map(secretOf),
  ];
  const logs = logTexts().join('\n');
  expect(secrets.filter((secret) => secret.length < 12 || logs.includes(secret))).toEqual([]);
});

describe('traces', () => {
  let collector: TraceCollector;

  beforeAll(async () => {
    collector = await TraceCollector.start(Number(process.env['LINCHPIN_TEST_TRACES_PORT']));
  });

  afterAll(() => collector.stop());

  test('a connect and a request are one trace each, across processes', async () => {
    const device = await createDevice();
    await untilTraced(async () => {
      await (await open(device, {}, { gateway: 'gateway-2' })).disconnect();
      await request('GET', `/devices/${device.deviceId}`);
      return (
        isTraced(collector, 'linchpin-gateway', 'AuthenticateDevice') &&
        isTraced(collector, 'linchpin-api', 'GetIdentity')
      );
    });
  });

  test('a method is one trace, from the api to the gateway', async () => {
    const device = await createDevice();
    const client = await openForMethods(device);
    let calls = 0;
    // Other tests may have methods meanwhile, of modules.
    const operation = 'linchpin-api POST /twins/{deviceId}/methods';
    await untilTraced(async () => {
      const methodName = `traced-${(calls += 1)}`;
      const outcome = invokeMethod(device, { methodName });
      respond(client, (await takeMethod(client, methodName)).requestId, 200);
      await outcome;
      return methodTraces(collector).some((trace) => trace.at(-1) === operation);
    });
    await client.disconnect();

    expect(methodTraces(collector)).toContainEqual([
      'linchpin-gateway linchpin.gateway.v1.Downlink/DeliverMethod',
      'linchpin-cloud-to-device Downlink/DeliverMethod',
      'linchpin-cloud-to-device linchpin.cloud_to_device.v1.DirectMethods/InvokeMethod',
      'linchpin-api DirectMethods/InvokeMethod',
      operation,
    ]);
  });
});

/** Does it again and again: what was recorded while no collector was there, or soon after, may be lost. */
async function untilTraced(doOnce: () => Promise<boolean>): Promise<void> {
  await eventually(doOnce, 30_000, 'a trace');
}

/** The registry served the operation as a part of what the other service did. */
function isTraced({ spans }: TraceCollector, from: string, operation: string): boolean {
  return spans.some(
    ({ service, name, traceId, parentSpanId }) =>
      service === 'linchpin-registry' &&
      name.endsWith(`/${operation}`) &&
      spans.some(
        (caller) =>
          caller.service === from && caller.traceId === traceId && caller.spanId === parentSpanId,
      ),
  );
}

/** Of each method whose whole trace is there: the gateway's span and all above it. */
function methodTraces({ spans }: TraceCollector): (readonly string[])[] {
  return spans
    .filter(({ name }) => name === 'linchpin.gateway.v1.Downlink/DeliverMethod')
    .flatMap((delivery) => {
      const ancestry = [delivery];
      for (let at = delivery; at.parentSpanId !== ''; at = ancestry.at(-1)!) {
        const parent = spans.find(
          ({ traceId, spanId }) => traceId === at.traceId && spanId === at.parentSpanId,
        );
        if (parent === undefined) {
          return [];
        }
        ancestry.push(parent);
      }
      return [ancestry.map(({ service, name }) => `${service} ${name}`)];
    });
}

function logTexts(): string[] {
  const folder = join(hub.stateDir, 'logs');
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
}

function linesOf(deviceId: string): Record<string, unknown>[] {
  return logTexts()
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes(`"${deviceId}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Of the master keys, the key behind its name. */
function secretOf(name: string): string {
  const text = readFileSync(join(hub.stateDir, 'secrets', name), 'utf8').trim();
  return text.slice(text.indexOf(':') + 1);
}
