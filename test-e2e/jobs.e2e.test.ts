/** Import and export jobs by the unmodified `azure-iothub`, against the whole hub and its blob store. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BlobAccount, eventually, testEngines } from '@linchpin/testing';
import { Registry } from 'azure-iothub';
import { administer } from './support/administration.js';
import { arm, resourceGroup } from './support/arm-client.js';
import { hub } from './support/hub.js';
import { createDevice, createModule, deleteDevice } from './support/registry.js';

const registry = Registry.fromConnectionString(hub.connectionString);
const blobs = new BlobAccount(testEngines().blobConnectionString);

/** What the hub answers of a job; the SDK's own type names other members. */
interface Job {
  readonly jobId: string;
  readonly type: string;
  readonly status: string;
  readonly progress: number;
  readonly startTimeUtc?: string;
  readonly endTimeUtc?: string;
  readonly failureReason?: string;
}

interface Row {
  readonly id: string;
  readonly moduleId?: string;
  readonly status: string;
  readonly authentication: { readonly symmetricKey: { readonly primaryKey: string | null } };
}

interface AuditEntry {
  readonly subject: { readonly jobId?: string; readonly deviceId?: string };
  readonly requestId: string;
  readonly jobId: string | null;
}

const created: string[] = [];
let container: string;

beforeAll(async () => {
  for (let number = 0; number < 3; number++) {
    created.push((await createDevice(`job-${randomUUID()}`)).deviceId);
  }
  await createModule(created[0]!, 'm1');
});

afterAll(() => Promise.all(created.map((deviceId) => deleteDevice(deviceId))));

beforeEach(async () => {
  container = await blobs.createContainer();
});

async function started(job: Promise<unknown>): Promise<string> {
  const { jobId } = (await job) as Job;
  return jobId;
}

async function getJob(jobId: string): Promise<Job> {
  return (await registry.getJob(jobId)) as unknown as Job;
}

async function ended(jobId: string): Promise<Job> {
  let job = await getJob(jobId);
  await eventually(async () => {
    job = await getJob(jobId);
    return !['enqueued', 'running'].includes(job.status);
  });
  return job;
}

async function rowsOf(blob: string): Promise<readonly Row[]> {
  const text = (await blobs.read(container, blob)) ?? '';
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function write(blob: string, lines: readonly (object | string)[]): Promise<void> {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  return blobs.write(container, blob, `${texts.join('\n')}\n`);
}

describe('export', () => {
  test('service-rest 29: every device and module is a line, with its keys', async () => {
    const uri = blobs.containerUri(container, 'rwd');
    const jobId = await started(registry.exportDevicesToBlob(uri, false));

    expect(await ended(jobId)).toMatchObject({
      type: 'export',
      status: 'completed',
      progress: 100,
      outputBlobContainerUri: uri.split('?')[0],
      outputBlobName: 'devices.txt',
      endTimeUtc: expect.stringMatching(/Z$/),
    });
    const rows = await rowsOf('devices.txt');
    const ours = rows.filter(({ id }) => created.includes(id));
    expect(ours).toHaveLength(created.length + 1);
    const first = rows.findIndex(({ id }) => id === created[0]);
    expect(rows.slice(first, first + 2)).toEqual([
      expect.objectContaining({ id: created[0], status: 'enabled' }),
      expect.objectContaining({ id: created[0], moduleId: 'm1' }),
    ]);
    const { responseBody: device } = await registry.get(created[0]!);
    expect(rows[first]?.authentication).toEqual(device.authentication);
  });

  test('service-rest 29: excludeKeys leaves null in place of keys', async () => {
    const uri = blobs.containerUri(container, 'rwd');
    await ended(await started(registry.exportDevicesToBlob(uri, true)));

    for (const { authentication } of await rowsOf('devices.txt')) {
      expect(authentication.symmetricKey).toEqual({ primaryKey: null, secondaryKey: null });
    }
  });

  test('a signature that may not write is refused at once', async () => {
    const uri = blobs.containerUri(container, 'rl');

    await expect(registry.exportDevicesToBlob(uri, false)).rejects.toThrow();
    expect(await blobs.read(container, 'devices.txt')).toBeUndefined();
  });
});

describe('import', () => {
  test('service-rest 30: good rows are applied, a bad one is a line of the error log', async () => {
    const [good, other] = [`imported-${randomUUID()}`, `imported-${randomUUID()}`];
    created.push(good, other);
    await write('devices.txt', [
      '# a line that is no row',
      { id: good, importMode: 'Create', status: 'disabled', statusReason: 'imported' },
      { id: 'not an id', importMode: 'create' },
      { id: other },
      { id: other, moduleId: 'm1', authentication: { type: 'sas' } },
      { id: created[0], importMode: 'create' },
    ]);
    const uri = blobs.containerUri(container, 'rwd');
    const job = await ended(await started(registry.importDevicesFromBlob(uri, uri)));

    expect(job).toMatchObject({ type: 'import', status: 'completed', progress: 100 });
    const { responseBody } = await registry.get(good);
    expect(responseBody).toMatchObject({ status: 'disabled', statusReason: 'imported' });
    expect((await registry.getModule(other, 'm1')).responseBody).toMatchObject({ moduleId: 'm1' });
    const log = (await blobs.read(container, 'importErrors.log')) ?? '';
    expect(
      log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ deviceId: 'not an id', errorCode: 'ArgumentInvalid', line: 3 }),
      expect.objectContaining({
        deviceId: created[0],
        errorCode: 'DeviceAlreadyExists',
        operation: 'create',
        line: 6,
      }),
    ]);
  });

  test('service-rest 30: the error log is empty when every row was applied', async () => {
    const id = `imported-${randomUUID()}`;
    created.push(id);
    await write('devices.txt', [{ id, importMode: 'createOrUpdate' }]);
    const uri = blobs.containerUri(container, 'rwd');
    await ended(await started(registry.importDevicesFromBlob(uri, uri)));

    expect(await blobs.read(container, 'importErrors.log')).toBe('');
  });

  test('service-rest 28: an input that cannot be read is told in the documented words', async () => {
    const uri = blobs.containerUri(container, 'rwd');

    await expect(registry.importDevicesFromBlob(uri, uri)).rejects.toMatchObject({
      response: { statusCode: 400 },
      responseBody: expect.stringContaining(
        'ErrorCode:BlobContainerValidationError;Failed to read devices blob from the input container.',
      ),
    });
  });

  test('service-rest 27, security-limits 33: one job at a time, until it is cancelled', async () => {
    const rows = Array.from({ length: 30_000 }, (_, number) => ({
      id: `nobody-${number}`,
      importMode: 'delete',
    }));
    await write('devices.txt', rows);
    const uri = blobs.containerUri(container, 'rwd');
    const jobId = await started(registry.importDevicesFromBlob(uri, uri));

    await expect(registry.exportDevicesToBlob(uri, true)).rejects.toMatchObject({
      response: { statusCode: 403 },
      responseBody: expect.stringContaining('ErrorCode:JobQuotaExceeded;'),
    });
    expect(await registry.cancelJob(jobId)).toMatchObject({ jobId, status: 'cancelled' });
    await ended(await started(registry.exportDevicesToBlob(uri, true)));
    expect(await getJob(jobId)).toMatchObject({ status: 'cancelled' });
    const { responseBody: jobs } = (await registry.listJobs()) as { responseBody: unknown };
    expect(jobs).toEqual(expect.arrayContaining([expect.objectContaining({ jobId })]));
  });
});

test('the audit log says who asked for a job, and for what the job changed', async () => {
  const id = `imported-${randomUUID()}`;
  created.push(id);
  await write('devices.txt', [{ id, importMode: 'create' }]);
  const uri = blobs.containerUri(container, 'rwd');
  const jobId = await started(registry.importDevicesFromBlob(uri, uri));
  await ended(jobId);

  const { body } = await administer('GET', '/local/auditLog?$top=1000');
  const { value } = body as { readonly value: readonly AuditEntry[] };
  const entries = value.filter((entry) => [entry.jobId, entry.subject.jobId].includes(jobId));
  const actor = { kind: 'policy', name: 'iothubowner', clientAddress: expect.any(String) };
  const request = { actor, requestId: expect.stringMatching(/^[0-9a-f]{32}$/) };
  expect(entries).toEqual([
    expect.objectContaining({ ...request, operation: 'CreateIdentity', jobId }),
    expect.objectContaining({
      ...request,
      operation: 'CreateJob',
      subject: { jobId },
      details: {
        kind: 'import',
        inputContainerUri: uri.split('?')[0],
        inputBlobName: 'devices.txt',
        outputContainerUri: uri.split('?')[0],
      },
      jobId: null,
    }),
  ]);
  expect(entries[0]?.subject.deviceId).toBe(id);
  expect(entries[0]?.requestId).toBe(entries[1]?.requestId);
});

test('an unknown job is JobNotFound', async () => {
  await expect(registry.getJob(randomUUID())).rejects.toMatchObject({
    response: { statusCode: 404 },
    responseBody: expect.stringContaining('ErrorCode:JobNotFound;'),
  });
});

test('a managed identity is refused by name', async () => {
  const uri = blobs.containerUri(container).split('?')[0] ?? '';

  await expect(registry.exportDevicesToBlobByIdentity(uri, false)).rejects.toMatchObject({
    response: { statusCode: 400 },
    responseBody: expect.stringContaining('ErrorCode:ManagedIdentityNotEnabled;'),
  });
});

describe('by the unmodified @azure/arm-iothub', () => {
  const { iotHubResource: hubs } = arm;

  test('a hub is exported and imported, and its jobs are looked at', async () => {
    const uri = blobs.containerUri(container, 'rwd');
    const exported = await hubs.exportDevices(resourceGroup, 'local', {
      exportBlobContainerUri: uri,
      excludeKeys: true,
      exportBlobName: 'arm.txt',
    });
    await ended(exported.jobId ?? '');
    const ours = (await rowsOf('arm.txt')).filter(({ id }) => created.includes(id));
    expect(ours.length).toBeGreaterThan(created.length);
    await write('devices.txt', [{ id: created[0], importMode: 'update', status: 'disabled' }]);
    const imported = await hubs.importDevices(resourceGroup, 'local', {
      inputBlobContainerUri: uri,
      outputBlobContainerUri: uri,
    });
    await ended(imported.jobId ?? '');

    expect(await hubs.getJob(resourceGroup, 'local', imported.jobId ?? '')).toMatchObject({
      jobId: imported.jobId,
      type: 'import',
      status: 'completed',
      startTimeUtc: expect.any(Date),
      endTimeUtc: expect.any(Date),
    });
    expect((await registry.get(created[0]!)).responseBody).toMatchObject({ status: 'disabled' });
    const listed: unknown[] = [];
    for await (const { jobId } of hubs.listJobs(resourceGroup, 'local')) {
      listed.push(jobId);
    }
    expect(listed).toEqual(expect.arrayContaining([exported.jobId, imported.jobId]));
  });
});
