/**
 * The twin service is killed, or hangs, while devices and back ends want twins: each hears so in time, nothing else
 * suffers, and on the same connections all goes on when it is back.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { tagTwin, updateDesired } from '../support/back-end.js';
import { open } from '../support/device-client.js';
import { expectKept, underLoad } from '../support/load/under-load.js';
import type { MqttClient } from '../support/mqtt-client.js';
import { printFigures } from '../support/print-figures.js';
import { signal, waitUntilAllReady, waitUntilHealthy } from '../support/processes.js';
import { createDevice, type TestIdentity } from '../support/registry.js';
import { serviceFilters } from '../support/session-probe.js';
import { askTwins, runQuery, type TwinAnswer } from '../support/twin-requests.js';

/** What a device, or a back end, was told, and when. */
interface Told {
  readonly what: string;
  readonly status: number;
  readonly code: string | number | undefined;
  readonly tookMs: number;
}

/** "Answer well below 10 s, and always answer" (device-mqtt.md section 9.3). */
const deviceAnswerMsMax = 10_000;
/** A query may take its time in a service that lives; no other call waits so long. */
const callMsMax = 25_000;

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'twin after %s: requests are refused in time, telemetry goes on, and afterwards all is served',
  async (how) => {
    const site = `away-${randomUUID()}`;
    const devices = await Promise.all([createDevice(), createDevice()]);
    await Promise.all(devices.map((device) => tagTwin(device, { site })));
    const [device] = devices;
    const query = `SELECT deviceId FROM devices WHERE tags.site = '${site}'`;
    const firstPage = await runQuery(query, { 'x-ms-max-item-count': '1' });
    const client = await listen(device);
    const over = new AbortController();
    const told: Told[] = [];
    const called: Told[] = [];
    let newcomer: TestIdentity | undefined;

    const load = { devices: 20, messagesPerSecond: 400 };
    const report = await underLoad(`${how} of twin`, load, async () => {
      const asking = askUntil(client, over.signal, told);
      const calling = callUntil(device, query, over.signal, called);
      const pid = signal('twin', how);
      try {
        newcomer = await createDevice();
        await eventually(() => isRefused(told, 'read', 'patch'));
        if (how === 'SIGSTOP') {
          await eventually(() => isRefused(called, 'get', 'update', 'query'), 60_000);
          told.push(...(await askAtOnce(client)));
        }
      } finally {
        if (how === 'SIGSTOP') {
          signal('twin', 'SIGCONT');
        }
      }
      await waitUntilHealthy('twin', how === 'SIGKILL' ? pid : undefined);
      await waitUntilAllReady();
      over.abort();
      await Promise.all([asking, calling]);
    });

    expectKept(report);
    expect(report.figures.disconnects).toBe(0);
    expect(report.restarted).toEqual(how === 'SIGKILL' ? ['twin'] : []);
    expect(told.filter((answer) => !isFit(answer, deviceAnswerMsMax))).toEqual([]);
    expect(called.filter((answer) => !isFit(answer, callMsMax))).toEqual([]);
    print(`${how} of twin`, told, called);

    expect(await ask(client, 'read')).toMatchObject({ status: 200 });
    expect(await ask(client, 'patch')).toMatchObject({ status: 204 });
    const version = await updateDesired(device, { back: how });
    await client.expect('publish', ({ topic }) => topic.endsWith(`/desired/?$version=${version}`));
    expect((await askTwins(`/twins/${newcomer?.deviceId}`)).status).toBe(200);
    const continuation = firstPage.headers.get('x-ms-continuation') ?? '';
    const secondPage = await runQuery(query, { 'x-ms-continuation': continuation });
    expect([...rowsOf(firstPage), ...rowsOf(secondPage)].sort()).toEqual(
      devices.map(({ deviceId }) => deviceId).sort(),
    );
    expect(client.isClosed).toBe(false);
    await client.disconnect();
  },
  180_000,
);

async function listen(device: TestIdentity): Promise<MqttClient> {
  const client = await open(device);
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: serviceFilters });
  await client.expect('suback');
  return client;
}

function isRefused(told: readonly Told[], ...operations: string[]): boolean {
  return operations.every((what) =>
    told.some((answer) => answer.what === what && answer.status >= 500),
  );
}

/** Served, or told by status and code to try again; in time. */
function isFit({ status, code, tookMs }: Told, msMax: number): boolean {
  const refusals: readonly unknown[] = [
    ...['ServiceUnavailable', 503001, 'GenericTimeout', 500008],
    ...['ThrottleBacklogLimitExceeded', 429002, 'ThrottlingBacklogTimeout', 429003],
  ];
  return tookMs < msMax && (status < 300 || refusals.includes(code));
}

let requests = 0;

async function ask(client: MqttClient, what: 'read' | 'patch'): Promise<Told> {
  const began = performance.now();
  const requestId = `r${++requests}`;
  const topic =
    what === 'read' ? '$iothub/twin/GET/?$rid=' : '$iothub/twin/PATCH/properties/reported/?$rid=';
  client.send({
    ...{ cmd: 'publish', topic: `${topic}${requestId}`, qos: 0, dup: false, retain: false },
    payload: what === 'read' ? '' : JSON.stringify({ requests }),
  });
  const answer = await client.expect('publish', (packet) =>
    new RegExp(`^\\$iothub/twin/res/\\d{3}/\\?\\$rid=${requestId}(&|$)`).test(packet.topic),
  );
  const status = Number(/\/res\/(\d+)\//.exec(answer.topic)?.[1]);
  const code =
    status < 300
      ? undefined
      : (JSON.parse(answer.payload.toString()) as { errorCode: number }).errorCode;
  return { what, status, code, tookMs: performance.now() - began };
}

async function askUntil(client: MqttClient, over: AbortSignal, told: Told[]): Promise<void> {
  while (!over.aborted) {
    told.push(await ask(client, 'read'));
    told.push(await ask(client, 'patch'));
  }
}

/** As a client that does not wait for answers. */
function askAtOnce(client: MqttClient): Promise<Told[]> {
  return Promise.all(Array.from({ length: 30 }, () => ask(client, 'read')));
}

async function callUntil(
  { deviceId }: TestIdentity,
  query: string,
  over: AbortSignal,
  called: Told[],
): Promise<void> {
  const path = `/twins/${deviceId}`;
  const operations: Readonly<Record<string, () => Promise<TwinAnswer>>> = {
    get: () => askTwins(path),
    update: () => askTwins(path, { method: 'PATCH', body: { tags: { n: ++requests } } }),
    query: () => runQuery(query),
  };
  const calls = Object.entries(operations).map(async ([what, operation]) => {
    while (!over.aborted) {
      const began = performance.now();
      const { status, headers } = await operation();
      const code = headers.get('iothub-errorcode') ?? undefined;
      called.push({ what, status, code, tookMs: performance.now() - began });
    }
  });
  await Promise.all(calls);
}

function rowsOf({ text }: TwinAnswer): string[] {
  return (JSON.parse(text) as { deviceId: string }[]).map(({ deviceId }) => deviceId);
}

function print(name: string, told: readonly Told[], called: readonly Told[]): void {
  const longestMs = (answers: readonly Told[]) =>
    Math.max(...answers.map(({ tookMs }) => Math.round(tookMs)));
  const codes = (answers: readonly Told[]) =>
    [...new Set(answers.flatMap(({ code }) => code ?? []))].join(' ');
  printFigures(name, {
    'answers to the device': told.length,
    'its codes': codes(told),
    'longest ms': longestMs(told),
    'answers to the back end': called.length,
    codes: codes(called),
    'longest ms of a call': longestMs(called),
  });
}
