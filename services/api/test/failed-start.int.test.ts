/** What an operator reads when a process cannot start, from the process itself. Needs `npm run build`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testEngines, testServiceVariables } from '@linchpin/testing';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let holder: Server;
let taken: string;

beforeAll(async () => {
  holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  taken = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
});

afterAll(() => {
  holder.close();
});

/** @returns what it logs as fatal, and its exit code */
async function startInVain(variables: Readonly<Record<string, string>>): Promise<unknown[]> {
  const services = testServiceVariables();
  const child = spawn(process.execPath, [main], {
    env: {
      ...services,
      LINCHPIN_PROBE_LISTEN: '127.0.0.1:0',
      LINCHPIN_HTTPS_LISTEN: '127.0.0.1:0',
      LINCHPIN_REDIS_URL: testEngines().redisUrl,
      LINCHPIN_FILE_UPLOAD_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_TWIN_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: services['LINCHPIN_REGISTRY_ADDRESS'],
      LINCHPIN_ADMIN_TOKEN: 'sixteen-and-more',
      ...variables,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const lines = output.split('\n').filter((line) => line.includes('"fatal"'));
  return [...lines.map((line) => JSON.parse(line) as unknown), code];
}

test.each(['LINCHPIN_HTTPS_LISTEN', 'LINCHPIN_PROBE_LISTEN'])(
  '%s names a port that is taken',
  async (variable) => {
    const [line, code] = await startInVain({ [variable]: taken });

    expect(line).toMatchObject({
      msg: `could not start: ${variable}: listen EADDRINUSE: address already in use ${taken} (another process has the port: end it, or choose another port)`,
    });
    expect(line).not.toHaveProperty('err');
    expect(code).toBe(1);
  },
);

test('LINCHPIN_TLS_KEY_FILE names a file that is not there', async () => {
  const [line] = await startInVain({ LINCHPIN_TLS_KEY_FILE: '/gone.key' });

  expect(line).toMatchObject({
    msg: expect.stringMatching(
      /^could not start: LINCHPIN_TLS_KEY_FILE: cannot read \/gone\.key: ENOENT/,
    ),
  });
  expect(line).not.toHaveProperty('err');
});
