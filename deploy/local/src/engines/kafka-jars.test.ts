import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { locateKafkaJars } from './kafka-jars.js';

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
