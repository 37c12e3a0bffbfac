import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { locateKafkaJars, quoteMaven } from './kafka-jars.js';

const project = '<project><kafka.version>9.8.7</kafka.version></project>';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-jars-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the folder bears the pinned version', () => {
  expect(locateKafkaJars(folder, project)).toEqual({
    version: '9.8.7',
    folder: join(folder, 'kafka-9.8.7'),
    arePresent: false,
  });
});

test('jars count as present only when they were fetched as the project says now', () => {
  mkdirSync(join(folder, 'kafka-9.8.7'));
  const digest = createHash('sha256').update(project).digest('hex');
  writeFileSync(join(folder, 'kafka-9.8.7', 'fetched-from'), `${digest}\n`);

  expect(locateKafkaJars(folder, project).arePresent).toBe(true);
  expect(locateKafkaJars(folder, `${project}<!-- other log4j -->`).arePresent).toBe(false);
});

test('the real project pins a version', () => {
  expect(locateKafkaJars(folder).version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('of what Maven says, its first error is quoted', () => {
  const output = [
    "\u001b[0m\u001b[0m[ERROR] No plugin found for prefix 'dependency' -> [Help 1]",
    '[ERROR] ',
    '[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.',
  ].join('\n');

  expect(quoteMaven(output)).toBe("[ERROR] No plugin found for prefix 'dependency' -> [Help 1]");
  expect(quoteMaven('JAVA_HOME is not defined correctly')).toBe(
    'JAVA_HOME is not defined correctly',
  );
});
