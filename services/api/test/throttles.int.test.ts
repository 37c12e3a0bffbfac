/** How much a hub's back ends may ask, against a real Redis. */
import { Agent } from 'node:https';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually, freePort } from '@linchpin/testing';
import { apiVersion, askAs, sendRaw } from './support/exchange.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

const running: TestApi[] = [];
/** So that a hundred requests are not a hundred handshakes. */
let agent: Agent;

/** An api whose hub is held to the limits of one unit of S1: 100 operations of the registry a minute. */
async function startLimited(variables: Record<string, string> = {}): Promise<TestApi> {
  const api = await startTestApi(variables);
  agent = new Agent({ keepAlive: true, maxSockets: 8, ca: api.authority });
  running.push(api);
  api.registry.limits = { sku: 'S1', units: 1, unlimited: false };
  return api;
}

afterEach(async () => {
  agent.destroy();
  await Promise.all(running.splice(0).map((api) => api.stop()));
});

async function statusesOf(api: TestApi, count: number): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => askAs(api, 'registryRead', { path: '/devices/d1', agent })),
  );
  return answers.map(({ status }) => status);
}

/** On a slow machine one more may be allowed between two requests. */
async function firstRefusal<Answer extends { readonly status: number | undefined }>(
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (let asked = 0; asked < 500; asked++) {
    const answer = await ask();
    if (answer.status === 429) {
      return answer;
    }
  }
  throw new Error('500 requests of a hub that may make some 100 were answered');
}

describe('operations of the registry', () => {
  test('security-limits 26: beyond the rate they are refused at once, and served later', async () => {
    const api = await startLimited();
    expect(new Set(await statusesOf(api, 100))).toEqual(new Set([404]));

    await statusesOf(api, 50);
    const refused = await firstRefusal(() => askAs(api, 'registryRead', { path: '/devices/d1' }));
    expect(refused.headers).toMatchObject({
      'iothub-errorcode': 'ThrottlingException',
      'retry-after': '1',
    });
    await eventually(async () => (await statusesOf(api, 1))[0] === 404);
  });

  test('are charged before the body is read, and a refusal asks the registry nothing', async () => {
    const api = await startLimited();
    await statusesOf(api, 120);
    let calls = 0;
    const head = `PUT /devices/d9?${apiVersion} HTTP/1.1\r\nHost: hub\r\nAuthorization: ${api.tokenOf('iothubowner')}\r\n`;
    await firstRefusal(async () => {
      calls = api.registry.calls.length;
      const { statuses } = await sendRaw(api, `${head}Content-Length: 9000000\r\n\r\n{`);
      return { status: statuses[0] };
    });
    const since = api.registry.calls.slice(calls).map(({ path }) => path.split('/').at(-1));
    expect(new Set(since)).toEqual(new Set(['AuthorizeService']));
  });

  test('security-limits 27: 100 rows at once are 100 operations, and one more is too many', async () => {
    const api = await startLimited();
    const rows = Array.from({ length: 100 }, (_, id) => ({ id: `d${id}`, importMode: 'create' }));
    const ask = (body: readonly object[]) =>
      askAs(api, 'iothubowner', { method: 'POST', path: '/devices', body });
    expect((await ask(rows)).status).toBe(200);
    const refused = await firstRefusal(() => ask(rows.slice(0, 10)));
    expect(refused.headers['iothub-errorcode']).toBe('ThrottlingException');
    const { status } = await firstRefusal(() =>
      askAs(api, 'iothubowner', {
        method: 'POST',
        path: '/devices/keys/regenerate',
        body: { policyKey: 'primaryKey', devices: rows.map(({ id }) => ({ id })) },
      }),
    );
    expect(status).toBe(429);
  });

  test('of a caller without the right, and of the control plane, cost nothing', async () => {
    const api = await startLimited();
    for (let count = 0; count < 105; count++) {
      await askAs(api, 'device', { path: '/devices/d1' });
    }
    expect(await statusesOf(api, 1)).toEqual([404]);
  });

  test('of a hub without limits are not counted', async () => {
    const api = await startLimited();
    api.registry.limits = { sku: 'S1', units: 1, unlimited: true };
    expect(new Set(await statusesOf(api, 130))).toEqual(new Set([404]));
  });

  test('go on at their rate while Redis is away', async () => {
    const api = await startLimited({ LINCHPIN_REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect(await statusesOf(api, 1)).toEqual([404]);
    const statuses = await statusesOf(api, 100);
    expect(statuses.filter((status) => status === 404).length).toBeLessThan(60);
    expect(statuses).toContain(429);
  });
});

test('security-limits 28, query-language 22: 20 queries are run at once, some wait, more are told when', async () => {
  const api = await startLimited();
  const body = { query: 'SELECT * FROM devices' };
  const answers = Array.from({ length: 40 }, () =>
    askAs(api, 'service', { method: 'POST', path: '/devices/query', body, agent }),
  );
  // What waits is not waited for.
  void Promise.allSettled(answers);
  const refused = await Promise.any(
    answers.map(async (answer) => {
      const { status, headers } = await answer;
      return status === 429 ? headers : Promise.reject(new Error('it was run'));
    }),
  );
  expect(api.registry.queries.requests.length).toBeGreaterThanOrEqual(20);
  expect(refused['iothub-errorcode']).toBe('ThrottleBacklogLimitExceeded');
  expect(Number(refused['retry-after'])).toBeGreaterThan(0);
});

test('security-limits 40: a basic tier has no twins', async () => {
  const api = await startLimited();
  api.registry.limits = { sku: 'B1', units: 1, unlimited: false };
  const answer = await askAs(api, 'service', { path: '/twins/d1' });
  expect([answer.status, answer.headers['iothub-errorcode']]).toEqual([
    403,
    'OperationNotAvailableInCurrentTier',
  ]);
  const body = [{ id: 'd1', tags: { site: 'A' } }];
  const bulk = await askAs(api, 'iothubowner', { method: 'POST', path: '/devices', body });
  expect([bulk.status, bulk.json]).toMatchObject([
    200,
    { warnings: [{ warningStatus: expect.stringContaining('No twins in the tier B1.') }] },
  ]);
  expect(api.registry.twins.changes).toEqual([]);
});
