/** The programs that README.md prints, run as they stand there. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConnectionString } from '@linchpin/testing';
import { programOf } from './support/document.js';
import { KafkaReader } from './support/kafka-reader.js';

const run = promisify(execFile);
/** Where the SDKs are installed. */
const here = { cwd: import.meta.dirname };
let reader: KafkaReader;
let connection: string;

beforeAll(async () => {
  reader = await KafkaReader.from();
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', programOf('README.md', 'first-telemetry.mjs')],
    here,
  );
  connection = stdout.trim();
});

afterAll(async () => {
  await reader.close();
});

function numbersOf(deviceId: string): (string | null | undefined)[] {
  return reader.of(deviceId).map(({ headers }) => headers['number']);
}

const hundred = Array.from({ length: 100 }, (_, number) => String(number));

test('the Node program sends 100 messages in order', async () => {
  const { deviceId = '' } = parseConnectionString(connection);
  await reader.waitFor(deviceId, 100);
  expect(numbersOf(deviceId)).toEqual(hundred);
});

test('the Python program sends 100 messages in order, as the same device', async () => {
  const { deviceId = '' } = parseConnectionString(connection);
  await reader.waitFor(deviceId, 100);
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  await run(python, ['-c', programOf('README.md', 'first_telemetry.py'), connection]);
  await reader.waitFor(deviceId, 200);
  expect(numbersOf(deviceId)).toEqual([...hundred, ...hundred]);
});

test('the kafkajs program prints them', async () => {
  const { deviceId = '' } = parseConnectionString(connection);
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', programOf('README.md', 'read-telemetry.mjs')],
    here,
  );
  let printed = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(`${deviceId} `) && printed.includes('{"number":99}')) {
        resolve();
      }
    });
  });
  child.kill();
});
