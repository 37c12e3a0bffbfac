import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, withApiVersion, type Answer } from './support/exchange.js';
import { adminToken, startTestApi, type TestApi } from './support/start-test-api.js';

let api: TestApi;

const subscription = '/subscriptions/sub';
const hubLog = `${subscription}/resourceGroups/group/providers/Microsoft.Devices/IotHubs/Test/auditLog`;
const subscriptionLog = `${subscription}/providers/Microsoft.Devices/auditLog`;

beforeAll(async () => {
  api = await startTestApi();
  const entry = {
    ...{ hub: 'Test', subscriptionId: 'sub', resourceGroup: 'group', operation: 'UpdateIdentity' },
    time: new Date('2026-02-01T10:00:00.123Z'),
    subjectJson: '{"deviceId":"d1"}',
    detailsJson: '{"changed":["status"]}',
    ...{ actorKind: 'principal', actorName: 'alice', clientAddress: '192.0.2.1', requestId: 'ab' },
    jobId: 'b2',
  };
  const process = {
    clientAddress: undefined,
    requestId: undefined,
    actorKind: 'process',
    jobId: undefined,
  };
  api.registry.auditEntries.push(...['5', '4', '3', '2'].map((id) => ({ ...entry, id })), {
    ...entry,
    ...process,
    id: '1',
    actorName: 'registry',
  });
});

afterAll(async () => {
  await api.stop();
});

function asAdministrator(path: string): Promise<Answer> {
  return ask(api, {
    path: withApiVersion(path),
    headers: { authorization: `Bearer ${adminToken}`, host: 'hub.example' },
  });
}

test('an entry says when, what, who and from where', async () => {
  const { status, json } = await asAdministrator(hubLog);

  expect(status).toBe(200);
  expect(json.value[0]).toEqual({
    id: '5',
    time: '2026-02-01T10:00:00.1230000Z',
    hub: 'Test',
    resourceGroup: 'group',
    operation: 'UpdateIdentity',
    subject: { deviceId: 'd1' },
    details: { changed: ['status'] },
    actor: { kind: 'principal', name: 'alice', clientAddress: '192.0.2.1' },
    requestId: 'ab',
    jobId: 'b2',
    traceId: null,
  });
  expect(json.value.at(-1)).toMatchObject({
    actor: { kind: 'process', name: 'registry', clientAddress: null },
    requestId: null,
    jobId: null,
  });
});

test.each([hubLog, subscriptionLog])('pages follow each other by nextLink: %s', async (path) => {
  const ids: unknown[] = [];
  let next: string | undefined = `${path}?api-version=2023-06-30&$top=2&from=2026-01-01`;
  while (next !== undefined) {
    const { json } = await asAdministrator(next);
    ids.push(json.value.map((entry) => (entry as unknown as { id: string }).id));
    next = json.nextLink?.replace('https://hub.example', '');
    expect(next ?? '&from=2026-01-01&').toContain('from=2026-01-01');
  }

  expect(ids).toEqual([['5', '4'], ['3', '2'], ['1']]);
});

test.each([
  '$top=0',
  '$top=1001',
  '$top=x',
  '$top=1.5',
  'from=yesterday',
  'to=1',
  'from=2026-13-01',
  'from=2026-02-01T10:00:00',
  'from=2026-02-02&to=2026-02-01',
  'from=2026-02-01&to=2026-02-01T00:00:00Z',
  'frm=2026-02-01',
])('a question with %s is refused', async (query) => {
  const { status, json } = await asAdministrator(`${hubLog}?api-version=2023-06-30&${query}`);

  expect(status).toBe(400);
  expect(json).toMatchObject({ code: 'ArgumentInvalid', httpStatusCode: '400' });
});
