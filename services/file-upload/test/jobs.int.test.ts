import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { BulkAction, JobStatus } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { identity } from './support/fake-registry.js';
import { JobsUnderTest } from './support/jobs-under-test.js';
import { isRunning } from './support/start-test-file-upload.js';

jest.setTimeout(60_000);

let jobs: JobsUnderTest;

beforeAll(async () => {
  jobs = await JobsUnderTest.create();
});

afterAll(() => jobs.close());
beforeEach(() => jobs.reset());

test('an export of several pages has every identity once, in order', async () => {
  const ids = Array.from({ length: 1_201 }, (_, number) => `d${String(number).padStart(4, '0')}`);
  jobs.registry.identities = ids.map((id) => identity(id));
  const process_ = await jobs.running();
  const job = await process_.create('hub-a', jobs.exportWork());

  expect(await process_.ended(job.jobId)).toMatchObject({
    status: JobStatus.COMPLETED,
    progress: 100,
  });
  const lines = ((await jobs.read('devices.txt')) ?? '').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids);
});

test('an export of a hub without identities is an empty blob', async () => {
  const process_ = await jobs.running();
  await process_.ended((await process_.create('hub-a', jobs.exportWork())).jobId);

  expect(await jobs.read('devices.txt')).toBe('');
});

test('what was exported before stays until the export is complete', async () => {
  await jobs.deployment.blobs.write(jobs.container, 'devices.txt', 'before');
  jobs.registry.identities = [identity('d1')];
  const process_ = await jobs.running();
  jobs.shut();
  const { jobId } = await process_.create('hub-a', jobs.exportWork());
  await eventually(() => jobs.registry.asked > 0);

  expect(await jobs.read('devices.txt')).toBe('before');
  jobs.open();
  await process_.ended(jobId);
  expect(await jobs.read('devices.txt')).toContain('"id":"d1"');
});

test('an import applies every row in its order, as many at a time as the registry takes', async () => {
  await jobs.writeRows(250, 'createOrUpdate');
  const process_ = await jobs.running();
  await process_.ended((await process_.create('hub-a', jobs.importWork())).jobId);

  expect(jobs.appliedIds()).toEqual(Array.from({ length: 250 }, (_, number) => `d${number}`));
  expect(jobs.registry.applied[0]?.action).toBe(BulkAction.CREATE_OR_UPDATE);
  expect(jobs.registry.asked).toBe(3);
});

test('a registry that is away for a moment fails no job and loses no row', async () => {
  await jobs.writeRows(150);
  const process_ = await jobs.running();
  jobs.registry.outages = 3;
  const job = await process_.ended((await process_.create('hub-a', jobs.importWork())).jobId);

  expect(job.status).toBe(JobStatus.COMPLETED);
  expect(new Set(jobs.appliedIds()).size).toBe(150);
});

test('a blob that is too large is not imported: not when it is asked for', async () => {
  await jobs.writeRows(100);
  const process_ = await jobs.start({ importBlobBytesMax: 1_000 });

  await expect(process_.create('hub-a', jobs.importWork())).rejects.toMatchObject({
    code: 'BlobContainerValidationError',
    message: expect.stringMatching(/blob has \d+ bytes, and 1000 are the most/),
  });
  expect(await process_.list('hub-a')).toEqual([]);
  expect(await jobs.read('importErrors.log')).toBeUndefined();
});

test('a blob that is too large is not imported: nor when it grew since', async () => {
  await jobs.writeRows(10);
  const process_ = await jobs.start({ importBlobBytesMax: 1_000 });
  const letGo = jobs.holdCreations();
  const made = process_.create('hub-a', jobs.importWork());
  await eventually(async () => (await jobs.read('importErrors.log')) !== undefined);
  await jobs.writeRows(100);
  letGo();

  expect(await process_.ended((await made).jobId)).toMatchObject({
    status: JobStatus.FAILED,
    failureReason: expect.stringContaining('and 1000 are the most'),
  });
  expect(jobs.registry.applied).toEqual([]);
});

test('hubs take turns: whose last one is longest ago is next, not who asked first', async () => {
  const process_ = await jobs.start({ jobsRunningMax: 1 });
  const create = async (hub: string): Promise<string> => {
    const work = jobs.exportWork({ outputBlobName: `${hub}.txt` });
    return (await process_.create(hub, work)).jobId;
  };
  await process_.ended(await create('hub-a'));
  jobs.shut();
  const running = await create('hub-c');
  await eventually(async () => isRunning(await process_.get('hub-c', running)));
  const again = await create('hub-a');
  const first = await create('hub-b');
  jobs.open();
  await process_.ended(again);

  const begun = async (jobId: string) => Number((await jobs.row(jobId)).begun_time);
  expect(await begun(first)).toBeLessThan(await begun(again));
});

test('what ended 30 days ago is removed, and nothing else', async () => {
  const first = await jobs.start();
  const { jobId: old } = await first.create('hub-a', jobs.exportWork());
  await first.ended(old);
  const { jobId: recent } = await first.create('hub-a', jobs.exportWork());
  await first.ended(recent);
  await sql`update jobs set ended_time = ended_time - interval '31 days' where id = ${old}`.execute(
    jobs.deployment.database.db,
  );
  const second = await jobs.start();
  await eventually(() => second.log.some((line) => line.includes('old jobs removed')));

  expect((await second.list('hub-a')).map(({ jobId }) => jobId)).toEqual([recent]);
});

test.each([
  ['another host', () => jobs.uri.replace('127.0.0.1', '127.0.0.9'), 'LINCHPIN_BLOB_HOSTS'],
  ['another port', () => jobs.uri.replace(/:\d+\//, ':1/'), 'LINCHPIN_BLOB_HOSTS'],
  ['http', () => jobs.uri.replace('https', 'http'), 'https'],
])('%s is asked nothing', async (_, changed, what) => {
  const process_ = await jobs.running();

  await expect(
    process_.create('hub-a', jobs.exportWork({ outputContainerUri: changed() })),
  ).rejects.toMatchObject({
    code: 'BlobContainerValidationError',
    message: expect.stringMatching(`^Failed to write to the output container\\. .*${what}`),
  });
  expect(await process_.list('hub-a')).toEqual([]);
});

test.each([
  ['a signature that does not count', () => jobs.uri.replace(/sig=[^&]+/, 'sig=AAAA')],
  // The path names the account of the emulator, which reads as a container.
  ['no container', () => jobs.deployment.blobs.containerUri('').replace(/\/\?/, '?')],
])('of %s whoever asks is told what the store says', async (_, changed) => {
  const process_ = await jobs.running();
  const outputContainerUri = changed();

  await expect(
    process_.create('hub-a', jobs.exportWork({ outputContainerUri })),
  ).rejects.toMatchObject({
    code: 'BlobContainerValidationError',
    message: expect.stringMatching(
      /^Failed to write to the output container\. The blob store answered 4\d\d \w+\.$/,
    ),
  });
});

test.each(['', '../x', 'a//b', 'a\nb', 'x'.repeat(1_025)])(
  'a blob cannot be called %j',
  async (outputBlobName) => {
    const process_ = await jobs.running();

    await expect(
      process_.create('hub-a', jobs.exportWork({ outputBlobName })),
    ).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
  },
);

test('is ready when PostgreSQL answers and the registry serves', async () => {
  const process_ = await jobs.running();
  const ready = await fetch(`${process_.probeUrl}/healthz/ready`);

  expect(await ready.json()).toMatchObject({ checks: { postgres: 'ok' } });
});
