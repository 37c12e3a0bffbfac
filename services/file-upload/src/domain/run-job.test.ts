import { expect, test } from '@jest/globals';
import { FairTurns } from '@linchpin/fairness';
import type { BulkChange } from '@linchpin/wire';
import { InMemoryBlobContainer } from './blob-container.fake.js';
import type { ClaimedJob } from './identity-job.js';
import { runJob } from './run-job.js';

const uri = 'https://store.example/c?sig=s';

const job: ClaimedJob = {
  jobId: '00000000-0000-4000-8000-000000000000',
  hub: 'hub-a',
  hubGeneration: '1',
  creator: { kind: 'policy', name: 'p', clientAddress: undefined, requestId: undefined },
  work: {
    kind: 'import',
    inputContainerUri: uri,
    inputBlobName: 'in.txt',
    outputContainerUri: uri,
  },
  progress: 0,
  begunMsAgo: 0,
  attempt: 1,
  checkpoint: undefined,
};

/** A job whose turn at the registry comes when the test says so. */
function setUp() {
  const container = new InMemoryBlobContainer();
  container.blobs.set('in.txt', Buffer.from('{"id":"d1"}'));
  const applied: BulkChange[] = [];
  const turns = new FairTurns({ atOnceMax: 1, waitMsMax: 60_000 });
  let letGo: () => void = () => undefined;
  const other = turns.inTurn({ hub: 'hub-b', origin: 'another job' }, async () => {
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
  });
  const abort = new AbortController();
  const registry = {
    generationOf: () => Promise.resolve('1'),
    count: () => Promise.resolve(0),
    list: () => Promise.resolve([]),
    apply: (_hub: string, changes: readonly BulkChange[]) => {
      applied.push(...changes);
      return Promise.resolve(changes.map(() => undefined));
    },
  };
  const running = runJob(
    {
      blobs: { open: () => container, nameOf: () => 'https://store.example/c' },
      registry,
      turns,
      importBlobBytesMax: 1_000,
      patience: { patienceMs: 1_000, firstWaitMs: 1, clock: () => 0 },
    },
    job,
    {
      signal: abort.signal,
      setProgress: () => undefined,
      saveCheckpoint: () => Promise.resolve(),
    },
  );
  return {
    applied,
    abort,
    running,
    other,
    letGo: () => {
      letGo();
    },
  };
}

test('a job waits for its turn at the registry', async () => {
  const { applied, running, other, letGo } = setUp();
  await new Promise(setImmediate);
  expect(applied).toEqual([]);

  letGo();
  await other;
  expect(await running).toEqual({ lines: 1, errors: 0 });
  expect(applied).toMatchObject([{ action: 'createOrUpdate', definition: { deviceId: 'd1' } }]);
});

test('a job that is lost while it waits for its turn changes nothing in it', async () => {
  const { applied, abort, running, other, letGo } = setUp();
  await new Promise(setImmediate);
  abort.abort(new Error('lost'));
  letGo();
  await other;

  await expect(running).rejects.toThrow('lost');
  expect(applied).toEqual([]);
});
