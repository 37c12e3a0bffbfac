import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readEnvironment } from './environment.js';
import { processFields, toGrpcTls, type GrpcTls } from './process-fields.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-fields-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const parts = ['CERT', 'KEY', 'CA'];

/** What comes of the files of these parts, each of which holds its name. */
function readTls(given: readonly string[]): GrpcTls | undefined {
  const files = given.map((part) => {
    const path = join(folder, part);
    writeFileSync(path, part);
    return [`LINCHPIN_GRPC_TLS_${part}_FILE`, path] as const;
  });
  const environment = { LINCHPIN_PROBE_LISTEN: '127.0.0.1:1', ...Object.fromEntries(files) };
  return toGrpcTls(readEnvironment(z.object(processFields), environment));
}

test('services speak TLS when all three files are named, and none of it when none is', () => {
  expect(readTls(parts)).toEqual({ certificate: 'CERT', key: 'KEY', authority: 'CA' });
  expect(readTls([])).toBeUndefined();
});

test.each(parts)(
  'without the file of %s alone no process starts: its port would be open',
  (part) => {
    expect(() => readTls(parts.filter((other) => other !== part))).toThrow(
      'go together: set all three or none',
    );
  },
);
