import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { askAs, type Answer, errorOf } from './support/exchange.js';
import { FakeMethods } from './support/fake-methods.js';
import { startTestApi, type TestApi } from './support/start-test-api.js';

let methods: FakeMethods;
let api: TestApi;

beforeAll(async () => {
  methods = await FakeMethods.start();
  api = await startTestApi({ LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: methods.address });
});

afterEach(() => {
  methods.respond = FakeMethods.echo;
});

afterAll(async () => {
  await api.stop();
  methods.stop();
});

const root = '/digitaltwins/d%251/commands/reboot';

function invoke(body: unknown, path = root, query = ''): Promise<Answer> {
  const versioned = `${path}?api-version=2020-09-30${query}`;
  return askAs(api, 'service', { method: 'POST', path: versioned, body });
}

test.each([
  [200n, '{"done": 1.50}'],
  [500n, 'null'],
  [-7n, '"no"'],
])(
  'service-rest 63: the status %i is a header, and the body the device’s: %s',
  async (status, text) => {
    methods.respond = () => ({ status, payloadJson: Buffer.from(text) });
    const answer = await invoke({ delay: 5 });

    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.headers).toMatchObject({
      'x-ms-command-statuscode': String(status),
      'x-ms-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'content-type': 'application/json; charset=utf-8',
    });
  },
);

test.each([
  [root, 'reboot'],
  ['/digitaltwins/d%251/components/motor/commands/reboot', 'motor*reboot'],
  ['/DigitalTwins/d%251/Components/motor/Commands/reboot/', 'motor*reboot'],
])('%s is the method %s of the device', async (path, methodName) => {
  await invoke(5, path);

  expect(methods.requests.at(-1)).toEqual({
    ...{ hub: 'Test', hubGeneration: '7', deviceId: 'd%1', methodName },
    ...{ connectTimeoutSeconds: 0, responseTimeoutSeconds: 30, payloadJson: Buffer.from('5') },
  });
});

test.each([
  ['{"n": 1e400, "é":[ ]}', '{"n": 1e400, "é":[ ]}'],
  ['"text"', '"text"'],
  ['', 'null'],
])('the payload %j goes to the device as %s', async (body, payload) => {
  await invoke(body);

  expect(methods.requests.at(-1)?.payloadJson.toString()).toBe(payload);
});

test('times stand in the query, in any letter case', async () => {
  await invoke({}, root, '&connectTimeoutInSeconds=300&responsetimeoutinseconds=5');

  expect(methods.requests.at(-1)).toMatchObject({
    connectTimeoutSeconds: 300,
    responseTimeoutSeconds: 5,
  });
});

test.each([
  { body: '{"half"', error: [400, 'InvalidDigitalTwinPayload', 400506] },
  { query: '&responseTimeoutInSeconds=4' },
  { query: '&responseTimeoutInSeconds=301' },
  { query: '&connectTimeoutInSeconds=-1' },
  { query: '&connectTimeoutInSeconds=soon' },
  { path: '/digitaltwins/d1/commands/r%C3%A9' },
  { path: `/digitaltwins/d1/commands/${'x'.repeat(129)}` },
])('%j is refused, and no device hears of it', async (question) => {
  const { body = '{}', path, query, error = [400, 'ArgumentInvalid', 400004] } = question;
  const { length } = methods.requests;

  expect(errorOf(await invoke(body, path, query))).toEqual(error);
  expect(methods.requests).toHaveLength(length);
});

test('a payload of 128 KiB goes on, and one byte more does not', async () => {
  const text = (length: number) => `"${'x'.repeat(length - 2)}"`;

  expect((await invoke(text(128 * 1024))).status).toBe(200);
  expect(errorOf(await invoke(text(128 * 1024 + 1)))).toEqual([413, 'MessageTooLarge', 413001]);
});

test('a device that is not there is told in shape B', async () => {
  methods.respond = () => {
    throw new HubError('DeviceNotOnline', 'Device d1 has no live method listener.');
  };

  expect(errorOf(await invoke({}))).toEqual([404, 'DeviceNotOnline', 404103]);
});
