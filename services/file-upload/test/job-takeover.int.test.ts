import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { JobStatus } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { JobsUnderTest, rowsOf } from './support/jobs-under-test.js';
import { isRunning, type TestFileUpload } from './support/start-test-file-upload.js';

jest.setTimeout(60_000);

let jobs: JobsUnderTest;

beforeAll(async () => {
  jobs = await JobsUnderTest.create();
});

afterAll(() => jobs.close());
beforeEach(() => jobs.reset());

test('a job is cancelled in the process that runs it, whichever is asked', async () => {
  await jobs.writeRows(500);
  const [first, second] = [await jobs.start(), await jobs.start({ jobsRunningMax: 1 })];
  jobs.shut();
  const { jobId } = await first.create('hub-a', jobs.importWork());
  await eventually(() => jobs.registry.asked > 0);
  const answers = [await second.cancel('hub-a', jobId), await first.cancel('hub-a', jobId)];
  const left = (one: TestFileUpload) => one.log.some((line) => line.includes('"job left"'));
  jobs.open();
  await eventually(() => left(first) || left(second));

  expect(answers.map(({ status }) => status)).toEqual([JobStatus.CANCELLED, JobStatus.CANCELLED]);
  expect(jobs.registry.applied.length).toBeLessThanOrEqual(100);
  expect(await first.get('hub-a', jobId)).toMatchObject({ status: JobStatus.CANCELLED });
});

test('a process that stops hands its job back, and another one ends it', async () => {
  await jobs.writeRows(120);
  const first = await jobs.start();
  jobs.shut();
  const { jobId } = await first.create('hub-a', jobs.importWork());
  await eventually(
    async () => isRunning(await first.get('hub-a', jobId)) && jobs.registry.asked > 0,
  );
  const stopped = first.stop();
  jobs.open();
  await stopped;
  const { attempts } = await jobs.row(jobId);
  const second = await jobs.start();

  expect(attempts).toBe(0);
  expect((await second.ended(jobId)).status).toBe(JobStatus.COMPLETED);
  expect(new Set(jobs.appliedIds()).size).toBe(120);
});

test('an import of a process that died goes on behind its checkpoint', async () => {
  await jobs.writeRows(300);
  jobs.registry.refusals.set('d299', { code: 'DeviceAlreadyExists', message: 'it is there' });
  const jobId = await abandonedImport({ offset: offsetOf(200), lines: 200, errorBlocks: [0] });
  const process_ = await jobs.start();

  expect((await process_.ended(jobId)).status).toBe(JobStatus.COMPLETED);
  expect(jobs.appliedIds()).toEqual(Array.from({ length: 100 }, (_, number) => `d${number + 200}`));
  const log = (await jobs.read('importErrors.log')) ?? '';
  expect(log.split('\n')).toEqual([
    expect.stringMatching(/"deviceId":"d299".*"DeviceAlreadyExists".*"line":300/),
    '',
  ]);
});

test('what a table that is away keeps from being done is told, and the job goes on', async () => {
  const { db } = jobs.deployment.database;
  await jobs.writeRows(120);
  const process_ = await jobs.start({ jobLeaseMs: 10_000 });
  const told = (words: string) => process_.log.filter((line) => line.includes(words)).length;
  jobs.shut();
  const { jobId } = await process_.create('hub-a', jobs.importWork());
  await eventually(() => jobs.registry.asked > 0);
  await sql`alter table jobs rename to jobs_away`.execute(db);
  try {
    await eventually(() => told('could not renew the lease of a job yet') > 0);
    await eventually(() => told('the table of jobs cannot be used') > 0);
  } finally {
    await sql`alter table jobs_away rename to jobs`.execute(db);
  }
  await eventually(() => told('the table of jobs is back') > 0);
  jobs.open();

  expect((await process_.ended(jobId)).status).toBe(JobStatus.COMPLETED);
  expect(told('the table of jobs cannot be used')).toBe(1);
});

test('a job that ends every process that takes it is given up', async () => {
  await jobs.writeRows(1);
  const jobId = await abandonedImport(null, 5);
  const process_ = await jobs.start();

  expect(await process_.ended(jobId)).toMatchObject({
    status: JobStatus.FAILED,
    failureReason: 'The job was begun 5 times and never came to its end.',
  });
  expect(jobs.registry.applied).toEqual([]);
});

test('a job that does not come to its end in the longest time fails, and says so', async () => {
  await jobs.writeRows(500);
  const process_ = await jobs.start({ jobDurationMaxMs: 1 });
  const { jobId } = await process_.create('hub-a', jobs.importWork());

  expect(await process_.ended(jobId)).toMatchObject({
    status: JobStatus.FAILED,
    failureReason: expect.stringMatching(/did not come to its end in .* as long as one may run/),
  });
  expect(jobs.registry.applied.length).toBeLessThan(500);
});

test('the longest time counts from the first beginning, whoever takes the job then', async () => {
  await jobs.writeRows(1);
  const jobId = await abandonedImport(null);
  await sql`update jobs set begun_time = now() - interval '6 hours' where id = ${jobId}`.execute(
    jobs.deployment.database.db,
  );
  const process_ = await jobs.start();

  expect(await process_.ended(jobId)).toMatchObject({
    status: JobStatus.FAILED,
    failureReason: expect.stringContaining('in 360 minutes'),
  });
  expect(jobs.registry.applied).toEqual([]);
});

test('a job whose containers no master key opens any more fails, and stands in no way', async () => {
  await jobs.writeRows(1);
  const jobId = await abandonedImport(null);
  const process_ = await jobs.start({ masterKeys: [{ id: 'k2', key: Buffer.alloc(32, 8) }] });

  expect(await process_.ended(jobId)).toMatchObject({ status: JobStatus.FAILED });
  const { jobId: next } = await process_.create('hub-a', jobs.importWork());
  expect((await process_.ended(next)).status).toBe(JobStatus.COMPLETED);
});

/** One that a process took and never said a word about again. */
async function abandonedImport(checkpoint: object | null, attempts = 1): Promise<string> {
  const first = await jobs.start({ jobsRunningMax: 1, jobLeaseMs: 600_000 });
  // Another hub's job, which waits, takes the only place.
  jobs.shut();
  await first.create('hub-b', jobs.exportWork({ outputBlobName: 'other.txt' }));
  await eventually(() => jobs.registry.asked > 0);
  const { jobId } = await first.create('hub-a', jobs.importWork());
  const stopped = first.stop();
  jobs.open();
  await stopped;
  jobs.registry.asked = 0;
  await jobs.deployment.database.db.deleteFrom('jobs').where('hub', '=', 'hub-b').execute();
  await sql`update jobs set status = 'running', holder = ${randomUUID()}, attempts = ${attempts},
    held_until = now() - interval '1 second', checkpoint = ${JSON.stringify(checkpoint)}::jsonb
    where id = ${jobId}`.execute(jobs.deployment.database.db);
  return jobId;
}

/** Where the line of that number begins in what `writeRows` writes. */
function offsetOf(line: number): number {
  return Buffer.byteLength(`${rowsOf(line).join('\n')}\n`);
}
