import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
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

test('a job asks for the hub that it was made for, so that a later one of the name is not meant', async () => {
  await jobs.writeRows(1);
  const process_ = await jobs.running();
  jobs.registry.actors.clear();
  const { jobId } = await process_.create('hub-a', jobs.importWork());
  await process_.ended(jobId);

  const hubGeneration = jobs.registry.generations.get('hub-a');
  expect([...jobs.registry.actors].map((actor) => JSON.parse(actor) as object)).toEqual([
    { kind: 'process', name: `job ${jobId}`, hubGeneration },
  ]);
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
