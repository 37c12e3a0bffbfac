import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { JobStatus } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { JobsUnderTest } from './support/jobs-under-test.js';
import type { TestFileUpload } from './support/start-test-file-upload.js';

jest.setTimeout(60_000);

let jobs: JobsUnderTest;

beforeAll(async () => {
  jobs = await JobsUnderTest.create();
});

afterAll(() => jobs.close());
beforeEach(() => jobs.reset());

const quotaExceeded = { code: 'JobQuotaExceeded' };

test('service-rest 27: of jobs that are asked for at once one is made', async () => {
  const both = await Promise.all([jobs.start(), jobs.start()]);
  jobs.shut();
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_, number) => both[number % 2]!.create('hub-a', jobs.exportWork())),
  );

  const made = answers.filter(({ status }) => status === 'fulfilled');
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(made).toHaveLength(1);
  expect(refused).toEqual(
    Array.from({ length: 9 }, () =>
      expect.objectContaining({ reason: expect.objectContaining({ code: 'JobQuotaExceeded' }) }),
    ),
  );
  await both[0].create('hub-b', jobs.exportWork({ outputBlobName: 'b.txt' }));
});

test('of jobs that are asked for at once one alone writes to a container', async () => {
  const { blobs } = jobs.deployment;
  await jobs.writeRows(1);
  const process_ = await jobs.running();
  const containers = await Promise.all(Array.from({ length: 6 }, () => blobs.createContainer()));
  await Promise.allSettled(
    containers.map((container) =>
      process_.create(
        'hub-a',
        jobs.importWork({ outputContainerUri: blobs.containerUri(container) }),
      ),
    ),
  );

  const logs = await Promise.all(containers.map((each) => blobs.read(each, 'importErrors.log')));
  expect(logs.filter((log) => log !== undefined)).toHaveLength(1);
});

test('a job in the making is its hub’s active one, is enqueued at most, and is run by nobody', async () => {
  const process_ = await jobs.running();
  const letGo = jobs.holdCreations();
  const made = process_.create('hub-a', jobs.exportWork());
  await eventually(async () => (await process_.list('hub-a')).length === 1);

  await expect(process_.create('hub-a', jobs.exportWork())).rejects.toMatchObject(quotaExceeded);
  await runAnother(process_);
  const [reserved] = await process_.list('hub-a');
  expect(reserved).toMatchObject({ status: JobStatus.ENQUEUED, progress: 0 });
  expect(await jobs.row(reserved!.jobId)).toMatchObject({ attempts: 0, holder: null });
  letGo();
  expect((await made).jobId).toBe(reserved!.jobId);
  expect((await process_.ended(reserved!.jobId)).status).toBe(JobStatus.COMPLETED);
});

test('a job that cannot be made leaves its hub free', async () => {
  const process_ = await jobs.running();
  const missing = jobs.importWork({ inputBlobName: 'no.txt' });

  await expect(process_.create('hub-a', missing)).rejects.toMatchObject({
    code: 'BlobContainerValidationError',
    message:
      'Failed to read devices blob from the input container. The blob store answered 404 BlobNotFound.',
  });
  expect(await process_.list('hub-a')).toEqual([]);
  await process_.ended((await process_.create('hub-a', jobs.exportWork())).jobId);
});

test('a job in the making is cancelled when it is made: the audit log tells of both in their order', async () => {
  const process_ = await jobs.running();
  const letGo = jobs.holdCreations();
  const made = process_.create('hub-a', jobs.exportWork());
  await eventually(async () => (await process_.list('hub-a')).length === 1);
  const [{ jobId } = { jobId: '' }] = await process_.list('hub-a');
  const cancelling = process_.cancel('hub-a', jobId);

  await expect(cancelling).rejects.toMatchObject({
    ...{ code: 'ServiceUnavailable', retryAfterMs: 1_000 },
  });
  expect(jobs.registry.audited).toEqual([]);
  jobs.shut();
  letGo();
  expect(await made).toMatchObject({ jobId, status: JobStatus.ENQUEUED });
  const cancelled = await process_.cancel('hub-a', jobId);
  expect(cancelled.status).toBe(JobStatus.CANCELLED);
  const operations = jobs.registry.audited.map(({ operation }) => operation);
  expect(operations).toEqual(['CreateJob', 'CancelJob']);
});

test('a process that dies in the making of a job does not block its hub', async () => {
  const process_ = await jobs.running();
  const letGo = jobs.holdCreations();
  const lost = process_.create('hub-a', jobs.exportWork());
  await eventually(async () => (await process_.list('hub-a')).length === 1);
  // As after half a minute without a word of whoever makes it.
  await sql`update jobs set held_until = now() - interval '1 second'`.execute(
    jobs.deployment.database.db,
  );
  const before = await process_.list('hub-a');
  const second = process_.create('hub-a', jobs.exportWork());
  await eventually(async () => (await process_.list('hub-a')).length === 1);
  letGo();

  expect(before).toEqual([]);
  // It lives after all, and comes too late.
  await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  expect((await process_.ended((await second).jobId)).status).toBe(JobStatus.COMPLETED);
});

test('what was reserved and came to nothing is removed with old jobs', async () => {
  const process_ = await jobs.running();
  const letGo = jobs.holdCreations();
  const lost = process_.create('hub-a', jobs.exportWork());
  await eventually(async () => (await process_.list('hub-a')).length === 1);
  const { db } = jobs.deployment.database;
  await sql`update jobs set held_until = now() - interval '1 second'`.execute(db);
  const second = await jobs.deployment.start();
  await eventually(() => second.log.some((line) => line.includes('old jobs removed')));

  expect(await db.selectFrom('jobs').select('id').execute()).toEqual([]);
  letGo();
  await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await second.stop();
});

/** Another hub's job, asked for later, is run: whoever took it has passed over what waited before. */
async function runAnother(process_: TestFileUpload): Promise<void> {
  const work = jobs.exportWork({ outputBlobName: 'other.txt' });
  const { jobId } = await process_.create('hub-b', work);
  await process_.ended(jobId, 'hub-b');
}
