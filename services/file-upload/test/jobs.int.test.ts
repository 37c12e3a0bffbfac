import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { BulkAction, JobStatus, type CreateJobRequest } from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { sql } from 'kysely';
import { FakeRegistry, identity } from './support/fake-registry.js';
import {
  createTestDeployment,
  isRunning,
  testMasterKey,
  type TestDeployment,
  type TestFileUpload,
} from './support/start-test-file-upload.js';

jest.setTimeout(60_000);

let deployment: TestDeployment;
let registry: FakeRegistry;
let container: string;
let uri: string;
/** Runs jobs for whichever test does not need to be alone; it is started when it is asked for. */
let shared: TestFileUpload | undefined;
/** What a test started for itself; the next one begins without. */
let own: TestFileUpload[] = [];

beforeAll(async () => {
  deployment = await createTestDeployment();
  ({ registry } = deployment);
});

afterAll(() => deployment.close());

beforeEach(async () => {
  open();
  await Promise.all(own.map((one) => one.stop()));
  own = [];
  await deployment.database.db.deleteFrom('jobs').execute();
  registry.identities = [];
  registry.applied.length = 0;
  registry.refusals.clear();
  registry.asked = 0;
  container = await deployment.blobs.createContainer();
  uri = deployment.blobs.containerUri(container);
});

let open: () => void = () => undefined;

/** Pages and rows are answered once `open` is called. */
function shut(): void {
  registry.gate = new Promise((resolve) => {
    open = () => {
      resolve();
      registry.gate = Promise.resolve();
    };
  });
}

async function running(): Promise<TestFileUpload> {
  return (shared ??= await deployment.start());
}

/** Processes of the test's own: nobody else takes a job. */
async function start(overrides = {}): Promise<TestFileUpload> {
  await shared?.stop();
  shared = undefined;
  const started = await deployment.start(overrides);
  own.push(started);
  return started;
}

function exportWork(members = {}): CreateJobRequest['work'] {
  const value = { outputContainerUri: uri, outputBlobName: 'devices.txt', excludeKeys: false };
  return { $case: 'export', value: { ...value, ...members } };
}

function importWork(members = {}): CreateJobRequest['work'] {
  const value = { inputContainerUri: uri, inputBlobName: 'in.txt', outputContainerUri: uri };
  return { $case: 'import', value: { ...value, ...members } };
}

function writeRows(count: number, mode = 'create'): Promise<void> {
  const lines = Array.from({ length: count }, (_, number) =>
    JSON.stringify({ id: `d${number}`, importMode: mode }),
  );
  return deployment.blobs.write(container, 'in.txt', lines.join('\n'));
}

const appliedIds = () => registry.applied.map(({ definition }) => definition?.deviceId);

test('an export of several pages has every identity once, in order', async () => {
  const ids = Array.from({ length: 1_201 }, (_, number) => `d${String(number).padStart(4, '0')}`);
  registry.identities = ids.map((id) => identity(id));
  const process_ = await running();
  const job = await process_.create('hub-a', exportWork());

  expect(await process_.ended(job.jobId)).toMatchObject({
    status: JobStatus.COMPLETED,
    progress: 100,
  });
  const lines = ((await deployment.blobs.read(container, 'devices.txt')) ?? '').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids);
});

test('an export of a hub without identities is an empty blob', async () => {
  const process_ = await running();
  await process_.ended((await process_.create('hub-a', exportWork())).jobId);

  expect(await deployment.blobs.read(container, 'devices.txt')).toBe('');
});

test('what was exported before stays until the export is complete', async () => {
  await deployment.blobs.write(container, 'devices.txt', 'before');
  registry.identities = [identity('d1')];
  const process_ = await running();
  shut();
  const { jobId } = await process_.create('hub-a', exportWork());
  await eventually(() => registry.asked > 0);

  expect(await deployment.blobs.read(container, 'devices.txt')).toBe('before');
  open();
  await process_.ended(jobId);
  expect(await deployment.blobs.read(container, 'devices.txt')).toContain('"id":"d1"');
});

test('an import applies every row in its order, as many at a time as the registry takes', async () => {
  await writeRows(250, 'createOrUpdate');
  const process_ = await running();
  await process_.ended((await process_.create('hub-a', importWork())).jobId);

  expect(appliedIds()).toEqual(Array.from({ length: 250 }, (_, number) => `d${number}`));
  expect(registry.applied[0]?.action).toBe(BulkAction.CREATE_OR_UPDATE);
  expect(registry.asked).toBe(3);
});

test('a job asks for the hub that it was made for, so that a later one of the name is not meant', async () => {
  await writeRows(1);
  const process_ = await running();
  registry.actors.clear();
  const { jobId } = await process_.create('hub-a', importWork());
  await process_.ended(jobId);

  const hubGeneration = registry.generations.get('hub-a');
  expect([...registry.actors].map((actor) => JSON.parse(actor) as object)).toEqual([
    { kind: 'process', name: `job ${jobId}`, hubGeneration },
  ]);
});

test('a registry that is away for a moment fails no job and loses no row', async () => {
  await writeRows(150);
  const process_ = await running();
  registry.outages = 3;
  const job = await process_.ended((await process_.create('hub-a', importWork())).jobId);

  expect(job.status).toBe(JobStatus.COMPLETED);
  expect(new Set(appliedIds()).size).toBe(150);
});

test('service-rest 27: of jobs that are asked for at once one is made', async () => {
  const both = await Promise.all([start(), start()]);
  shut();
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_, number) => both[number % 2]!.create('hub-a', exportWork())),
  );

  const made = answers.filter(({ status }) => status === 'fulfilled');
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(made).toHaveLength(1);
  expect(refused).toEqual(
    Array.from({ length: 9 }, () =>
      expect.objectContaining({ reason: expect.objectContaining({ code: 'JobQuotaExceeded' }) }),
    ),
  );
  await both[0].create('hub-b', exportWork({ outputBlobName: 'b.txt' }));
});

test('a job is cancelled in the process that runs it, whichever is asked', async () => {
  await writeRows(500);
  const [first, second] = [await start(), await start({ jobsRunningMax: 1 })];
  shut();
  const { jobId } = await first.create('hub-a', importWork());
  await eventually(() => registry.asked > 0);
  const answers = [await second.cancel('hub-a', jobId), await first.cancel('hub-a', jobId)];
  const left = (one: TestFileUpload) => one.log.some((line) => line.includes('"job left"'));
  open();
  await eventually(() => left(first) || left(second));

  expect(answers.map(({ status }) => status)).toEqual([JobStatus.CANCELLED, JobStatus.CANCELLED]);
  expect(registry.applied.length).toBeLessThanOrEqual(100);
  expect(await first.get('hub-a', jobId)).toMatchObject({ status: JobStatus.CANCELLED });
});

test('a process that stops hands its job back, and another one ends it', async () => {
  await writeRows(120);
  const first = await start();
  shut();
  const { jobId } = await first.create('hub-a', importWork());
  await eventually(async () => isRunning(await first.get('hub-a', jobId)) && registry.asked > 0);
  const stopped = first.stop();
  open();
  await stopped;
  const { attempts } = await jobRow(jobId);
  const second = await start();

  expect(attempts).toBe(0);
  expect((await second.ended(jobId)).status).toBe(JobStatus.COMPLETED);
  expect(new Set(appliedIds()).size).toBe(120);
});

test('an import of a process that died goes on behind its checkpoint', async () => {
  await writeRows(300);
  registry.refusals.set('d299', { code: 'DeviceAlreadyExists', message: 'it is there' });
  const jobId = await abandonedImport({ offset: offsetOf(200), lines: 200, errorBlocks: [0] });
  const process_ = await start();

  expect((await process_.ended(jobId)).status).toBe(JobStatus.COMPLETED);
  expect(appliedIds()).toEqual(Array.from({ length: 100 }, (_, number) => `d${number + 200}`));
  const log = (await deployment.blobs.read(container, 'importErrors.log')) ?? '';
  expect(log.split('\n')).toEqual([
    expect.stringMatching(/"deviceId":"d299".*"DeviceAlreadyExists".*"line":300/),
    '',
  ]);
});

test('a job that ends every process that takes it is given up', async () => {
  await writeRows(1);
  const jobId = await abandonedImport(null, 5);
  const process_ = await start();

  expect(await process_.ended(jobId)).toMatchObject({
    status: JobStatus.FAILED,
    failureReason: 'The job was begun 5 times and never came to its end.',
  });
  expect(registry.applied).toEqual([]);
});

test('a job whose containers no master key opens any more fails, and stands in no way', async () => {
  await writeRows(1);
  const jobId = await abandonedImport(null);
  const process_ = await start({ masterKeys: [{ id: 'k2', key: Buffer.alloc(32, 8) }] });

  expect(await process_.ended(jobId)).toMatchObject({ status: JobStatus.FAILED });
  const { jobId: next } = await process_.create('hub-a', importWork());
  expect((await process_.ended(next)).status).toBe(JobStatus.COMPLETED);
});

test('a hub that goes away fails its job, and its successor sees none of it', async () => {
  registry.identities = [identity('d1')];
  const process_ = await running();
  shut();
  const { jobId } = await process_.create('hub-a', exportWork());
  await eventually(() => registry.asked > 0);
  registry.generations.set('hub-a', 'generation-c');
  open();
  await eventually(async () => (await jobRow(jobId)).status === 'failed');

  expect(await deployment.blobs.read(container, 'devices.txt')).toBeUndefined();
  expect(await process_.list('hub-a')).toEqual([]);
  await expect(process_.get('hub-a', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  registry.generations.set('hub-a', 'generation-a');
});

test('jobs of another hub do not exist', async () => {
  const process_ = await running();
  shut();
  const { jobId } = await process_.create('hub-a', exportWork());

  await expect(process_.get('hub-b', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.cancel('hub-b', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.get('hub-a', "' or 1=1")).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.list('nowhere')).rejects.toMatchObject({ code: 'IotHubNotFound' });
  expect(await process_.list('hub-b')).toEqual([]);
  expect((await process_.list('hub-a')).map((job) => job.jobId)).toEqual([jobId]);
  open();
  await process_.ended(jobId);
});

test('a signature is neither kept in clear, nor given back, nor logged', async () => {
  await writeRows(1);
  const process_ = await running();
  shut();
  const { jobId } = await process_.create('hub-a', importWork());
  await eventually(() => registry.asked > 0);
  const row = await jobRow(jobId);
  const signature = new URL(uri).searchParams.get('sig') ?? '';
  const job = await process_.get('hub-a', jobId);
  open();
  await process_.ended(jobId);
  await expect(process_.create('hub-a', importWork({ inputBlobName: 'no.txt' }))).rejects.toThrow();

  expect(row.sealed_containers).not.toBeNull();
  expect((await jobRow(jobId)).sealed_containers).toBeNull();
  for (const text of [JSON.stringify(row), row.sealed_containers!.toString('latin1')]) {
    expect(text).not.toContain(signature.slice(0, 20));
  }
  expect(JSON.stringify(job)).not.toContain('sig');
  const log = process_.log.join('');
  expect(log).toContain('job ended');
  for (const secret of [signature, encodeURIComponent(signature), testMasterKey]) {
    expect(log).not.toContain(secret.slice(0, 20));
  }
});

test('what ended 30 days ago is removed, and nothing else', async () => {
  const first = await start();
  const { jobId: old } = await first.create('hub-a', exportWork());
  await first.ended(old);
  const { jobId: recent } = await first.create('hub-a', exportWork());
  await first.ended(recent);
  await sql`update jobs set ended_time = ended_time - interval '31 days' where id = ${old}`.execute(
    deployment.database.db,
  );
  const second = await start();
  await eventually(() => second.log.some((line) => line.includes('old jobs removed')));

  expect((await second.list('hub-a')).map(({ jobId }) => jobId)).toEqual([recent]);
});

test.each([
  ['another host', () => uri.replace('127.0.0.1', '127.0.0.9')],
  ['another port', () => uri.replace(/:\d+\//, ':1/')],
  ['http', () => uri.replace('https', 'http')],
  ['no container', () => deployment.blobs.containerUri('').replace(/\/\?/, '?')],
])('%s is asked nothing', async (_, changed) => {
  const process_ = await running();

  await expect(
    process_.create('hub-a', exportWork({ outputContainerUri: changed() })),
  ).rejects.toMatchObject({ code: 'BlobContainerValidationError' });
  expect(await process_.list('hub-a')).toEqual([]);
});

test.each(['', '../x', 'a//b', 'a\nb', 'x'.repeat(1_025)])(
  'a blob cannot be called %j',
  async (outputBlobName) => {
    const process_ = await running();

    await expect(process_.create('hub-a', exportWork({ outputBlobName }))).rejects.toMatchObject({
      code: 'ArgumentInvalid',
    });
  },
);

test('is ready when PostgreSQL answers and the registry serves', async () => {
  const process_ = await running();
  const ready = await fetch(`${process_.probeUrl}/healthz/ready`);

  expect(await ready.json()).toMatchObject({ checks: { postgres: 'ok' } });
});

/** One that a process took and never said a word about again. */
async function abandonedImport(checkpoint: object | null, attempts = 1): Promise<string> {
  const first = await start({ jobsRunningMax: 1, jobLeaseMs: 600_000 });
  // Another hub's job, which waits, takes the only place.
  shut();
  await first.create('hub-b', exportWork({ outputBlobName: 'other.txt' }));
  await eventually(() => registry.asked > 0);
  const { jobId } = await first.create('hub-a', importWork());
  const stopped = first.stop();
  open();
  await stopped;
  registry.asked = 0;
  await deployment.database.db.deleteFrom('jobs').where('hub', '=', 'hub-b').execute();
  await sql`update jobs set status = 'running', holder = ${randomUUID()}, attempts = ${attempts},
    held_until = now() - interval '1 second', checkpoint = ${JSON.stringify(checkpoint)}::jsonb
    where id = ${jobId}`.execute(deployment.database.db);
  return jobId;
}

/** Where the line of that number begins in what `writeRows` writes. */
function offsetOf(line: number): number {
  const lines = Array.from({ length: line }, (_, number) =>
    JSON.stringify({ id: `d${number}`, importMode: 'create' }),
  );
  return Buffer.byteLength(`${lines.join('\n')}\n`);
}

function jobRow(jobId: string) {
  return deployment.database.db
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow();
}
