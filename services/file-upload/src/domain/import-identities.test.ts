import { expect, test } from '@jest/globals';
import type { BulkChange } from '@linchpin/wire';
import { InMemoryBlobContainer } from './blob-container.fake.js';
import type { ImportCheckpoint } from './identity-job.js';
import { importIdentities } from './import-identities.js';

/** Imports a blob with this text. */
async function setUp(text: string, checkpoint?: ImportCheckpoint) {
  const container = new InMemoryBlobContainer();
  container.blobs.set('in.txt', Buffer.from(text));
  const calls: string[][] = [];
  const checkpoints: ImportCheckpoint[] = [];
  const running = importIdentities({
    ...{ jobId: 'j', attempt: 1, hub: 'h', blobName: 'in.txt', blobBytesMax: 1e9, checkpoint },
    ...{ input: container, output: container, errorLogBytesMax: 100_000 },
    patience: { patienceMs: 1_000, firstWaitMs: 1, clock: () => 0 },
    registry: {
      generationOf: () => Promise.resolve('1'),
      count: () => Promise.resolve(0),
      list: () => Promise.resolve([]),
      apply: (_hub: string, changes: readonly BulkChange[]) => {
        calls.push(changes.map(({ definition }) => definition.deviceId));
        return Promise.resolve(
          changes.map(({ definition }) =>
            definition.deviceId.length > 128
              ? { code: 'ArgumentInvalid', message: definition.deviceId }
              : undefined,
          ),
        );
      },
    },
    inTurn: (work) => work(),
    control: {
      signal: new AbortController().signal,
      setProgress: () => undefined,
      saveCheckpoint: (one) => Promise.resolve(void checkpoints.push(one)),
    },
  });
  const outcome = await running.catch((error: unknown) => error);
  const log = container.blobs.get('importErrors.log')?.toString() ?? '';
  return { outcome, log, calls, checkpoints };
}

const row = (id: string) => `{"id":"${id}"}\n`;

test('lines that are no rows cost neither a call nor a checkpoint each', async () => {
  const blank = '\n# no row\r\n'.repeat(100_000);
  const { calls, checkpoints, outcome } = await setUp(row('a') + blank + row('b') + blank);

  expect(calls.flat()).toEqual(['a', 'b']);
  expect(checkpoints.length).toBeLessThanOrEqual(2);
  expect(checkpoints.at(-1)).toEqual({ offset: 2_200_022, lines: 400_002, errorBlocks: [0] });
  expect(outcome).toEqual({ lines: 400_002, errors: 0 });
});

test('a line of the error log names the line of the blob, whatever is between', async () => {
  const { log } = await setUp(`\n\n{\n# no row\n${row('a')}{`);

  expect(log.match(/"line":\d+/g)).toEqual(['"line":3', '"line":6']);
});

test('behind a checkpoint lines are counted on', async () => {
  const before = `\n${row('a')}\n`;
  const { log, calls } = await setUp(`${before}\n{\n${row('b')}`, {
    ...{ offset: before.length, lines: 3, errorBlocks: [0] },
  });

  expect(log).toMatch(/"line":5\}\n$/);
  expect(calls).toEqual([['b']]);
});

test('too many errors end the import, which says where', async () => {
  const { log, outcome, calls } = await setUp('{\n'.repeat(1_000) + row('behind'));
  const lines = log.trimEnd().split('\n').length;

  expect(outcome).toMatchObject({
    code: 'BlobContainerValidationError',
    message: expect.stringContaining(`stopped behind line ${lines}:`),
  });
  expect(log.length).toBeLessThan(120_000);
  expect(calls).toEqual([]);
});

test('a line of the error log is short, whatever the row says', async () => {
  const long = 'x'.repeat(50_000);
  const { log } = await setUp(
    `${row(long)}{"id":"a","moduleId":"${long}","importMode":"${long}"}\n`,
  );

  expect(log.trimEnd().split('\n')).toHaveLength(2);
  expect(log.length).toBeLessThan(2_500);
});
