import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { JobStatus } from '@linchpin/contracts';
import { actAs, type Actor } from '@linchpin/platform/actor';
import { eventually } from '@linchpin/testing';
import { identity } from './support/fake-registry.js';
import { JobsUnderTest } from './support/jobs-under-test.js';
import { testMasterKey } from './support/start-test-file-upload.js';

jest.setTimeout(60_000);

let jobs: JobsUnderTest;

beforeAll(async () => {
  jobs = await JobsUnderTest.create();
});

afterAll(() => jobs.close());
beforeEach(() => jobs.reset());

/** Who asks for jobs here. */
const alice: Actor = {
  kind: 'principal',
  name: 'alice@example.net',
  clientAddress: '192.0.2.7',
  requestId: '0123456789abcdef0123456789abcdef',
};

test('a job changes what it changes for whoever made it, in the hub that it was made for', async () => {
  await jobs.writeRows(1);
  const process_ = await jobs.running();
  const { jobId } = await actAs(alice, () => process_.create('hub-a', jobs.importWork()));
  jobs.registry.actors.clear();
  await process_.ended(jobId);

  const hubGeneration = jobs.registry.generations.get('hub-a');
  expect([...jobs.registry.actors].map((actor) => JSON.parse(actor) as object)).toEqual([
    { ...alice, jobId, hubGeneration },
  ]);
});

test('who makes and cancels a job is audited, without the signatures of its containers', async () => {
  await jobs.writeRows(1);
  const process_ = await jobs.running();
  jobs.shut();
  const made = await actAs(alice, () => process_.create('hub-a', jobs.importWork()));
  const bob: Actor = { kind: 'policy', name: 'bob' };
  await actAs(bob, () => process_.cancel('hub-a', made.jobId));
  await actAs(alice, () => process_.cancel('hub-a', made.jobId));
  jobs.open();
  const work = jobs.exportWork({ excludeKeys: true });
  const exported = await actAs(alice, () => process_.create('hub-a', work));
  await process_.ended(exported.jobId);

  const [plain] = jobs.uri.split('?');
  const blobs = { inputContainerUri: plain, inputBlobName: 'in.txt', outputContainerUri: plain };
  expect(jobs.registry.audited).toEqual([
    {
      operation: 'CreateJob',
      subject: { jobId: made.jobId },
      details: { kind: 'import', ...blobs },
      actor: alice,
    },
    {
      operation: 'CancelJob',
      subject: { jobId: made.jobId },
      details: { kind: 'import' },
      actor: bob,
    },
    {
      operation: 'CreateJob',
      subject: { jobId: exported.jobId },
      details: {
        kind: 'export',
        outputContainerUri: plain,
        outputBlobName: 'devices.txt',
        excludeKeys: true,
      },
      actor: alice,
    },
  ]);
});

test('no job runs, nor is one cancelled, that the audit log does not tell of', async () => {
  jobs.registry.identities = [identity('d1')];
  const process_ = await jobs.running();
  jobs.shut();
  const { jobId } = await process_.create('hub-b', jobs.exportWork({ outputBlobName: 'b.txt' }));
  jobs.registry.isAuditLogAway = true;
  const unavailable = { code: 'ServiceUnavailable' };

  await expect(process_.create('hub-a', jobs.exportWork())).rejects.toMatchObject(unavailable);
  await expect(process_.cancel('hub-b', jobId)).rejects.toMatchObject(unavailable);
  jobs.open();
  expect((await process_.ended(jobId, 'hub-b')).status).toBe(JobStatus.COMPLETED);
  expect(await process_.list('hub-a')).toEqual([]);
  expect(await jobs.read('devices.txt')).toBeUndefined();
});

test('a hub that goes away fails its job, and its successor sees none of it', async () => {
  jobs.registry.identities = [identity('d1')];
  const process_ = await jobs.running();
  jobs.shut();
  const { jobId } = await process_.create('hub-a', jobs.exportWork());
  await eventually(() => jobs.registry.asked > 0);
  jobs.registry.generations.set('hub-a', 'generation-c');
  jobs.open();
  await eventually(async () => (await jobs.row(jobId)).status === 'failed');

  expect(await jobs.read('devices.txt')).toBeUndefined();
  expect(await process_.list('hub-a')).toEqual([]);
  await expect(process_.get('hub-a', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  jobs.registry.generations.set('hub-a', 'generation-a');
});

test('jobs of another hub do not exist', async () => {
  const process_ = await jobs.running();
  jobs.shut();
  const { jobId } = await process_.create('hub-a', jobs.exportWork());

  await expect(process_.get('hub-b', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.cancel('hub-b', jobId)).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.get('hub-a', "' or 1=1")).rejects.toMatchObject({ code: 'JobNotFound' });
  await expect(process_.list('nowhere')).rejects.toMatchObject({ code: 'IotHubNotFound' });
  expect(await process_.list('hub-b')).toEqual([]);
  expect((await process_.list('hub-a')).map((job) => job.jobId)).toEqual([jobId]);
  jobs.open();
  await process_.ended(jobId);
});

test('a signature is neither kept in clear, nor given back, nor logged', async () => {
  await jobs.writeRows(1);
  const process_ = await jobs.running();
  jobs.shut();
  const { jobId } = await process_.create('hub-a', jobs.importWork());
  await eventually(() => jobs.registry.asked > 0);
  const row = await jobs.row(jobId);
  const signature = new URL(jobs.uri).searchParams.get('sig') ?? '';
  const job = await process_.get('hub-a', jobId);
  jobs.open();
  await process_.ended(jobId);
  await expect(
    process_.create('hub-a', jobs.importWork({ inputBlobName: 'no.txt' })),
  ).rejects.toThrow();

  expect(row.sealed_containers).not.toBeNull();
  expect((await jobs.row(jobId)).sealed_containers).toBeNull();
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
