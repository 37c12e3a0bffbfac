/** Whole processes of this service over real engines, with a table of their own. */
import { strict as assert } from 'node:assert';
import {
  IdentityJobsClient,
  JobStatus,
  type CreateJobRequest,
  type Job,
} from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import { createLogger } from '@linchpin/platform/logging';
import { BlobAccount, eventually, freePort, testEngines } from '@linchpin/testing';
import { loadConfig, type FileUploadConfig } from '../../src/config.js';
import { startFileUpload } from '../../src/start-file-upload.js';
import { FakeRegistry } from './fake-registry.js';
import { openTestDatabase, type TestDatabase } from './test-database.js';

export interface TestDeployment {
  readonly registry: FakeRegistry;
  readonly database: TestDatabase;
  readonly blobs: BlobAccount;
  start(overrides?: Partial<FileUploadConfig>): Promise<TestFileUpload>;
  /** Stops what was started, and removes the table. */
  close(): Promise<void>;
}

export interface TestFileUpload {
  /** All lines so far. */
  readonly log: readonly string[];
  create(hub: string, work: CreateJobRequest['work']): Promise<Job>;
  get(hub: string, jobId: string): Promise<Job>;
  list(hub: string): Promise<readonly Job[]>;
  cancel(hub: string, jobId: string): Promise<Job>;
  /** The job when it has ended. */
  ended(jobId: string, hub?: string): Promise<Job>;
  readonly probeUrl: string;
  /** Of its gRPC, `host:port`. */
  readonly address: string;
  /** A second one is no error. */
  stop(): Promise<void>;
}

/** Short, so that what a process lost is taken over soon. */
const jobLeaseMs = 1_000;
export const testMasterKey = Buffer.alloc(32, 7).toString('base64');

export async function createTestDeployment(): Promise<TestDeployment> {
  const { postgresUrl, blobConnectionString, blobAuthorityFile } = testEngines();
  const database = await openTestDatabase();
  const registry = new FakeRegistry();
  await registry.start();
  const started: TestFileUpload[] = [];
  return {
    registry,
    database,
    blobs: new BlobAccount(blobConnectionString),
    start: async (overrides = {}) => {
      const config = loadConfig({
        LINCHPIN_LOG_LEVEL: 'debug',
        LINCHPIN_PROBE_LISTEN: `127.0.0.1:${await freePort()}`,
        LINCHPIN_GRPC_LISTEN: `127.0.0.1:${await freePort()}`,
        LINCHPIN_POSTGRES_URL: postgresUrl,
        LINCHPIN_REGISTRY_ADDRESS: registry.address,
        LINCHPIN_MASTER_KEYS: `k1:${testMasterKey}`,
        LINCHPIN_BLOB_HOSTS: new URL(endpointOf(blobConnectionString)).host,
        LINCHPIN_BLOB_CA_FILE: blobAuthorityFile,
        LINCHPIN_JOB_LEASE_MS: String(jobLeaseMs),
      });
      const postgres = { url: postgresUrl, schema: database.schema };
      const process_ = await startTestFileUpload({ ...config, postgres, ...overrides });
      started.push(process_);
      return process_;
    },
    close: async () => {
      await Promise.all(started.map((one) => one.stop()));
      registry.stop();
      await database.close();
    },
  };
}

async function startTestFileUpload(config: FileUploadConfig): Promise<TestFileUpload> {
  const log: string[] = [];
  const destination = { write: (line: string): unknown => log.push(line) };
  const logger = createLogger({ service: 'file-upload', level: config.logLevel, destination });
  const running = await startFileUpload(config, logger);
  const { host, port } = config.grpc.listen;
  const address = `${host}:${port}`;
  const client = createGrpcClient(IdentityJobsClient, { address, tls: undefined });
  const options = { name: 'IdentityJobs', deadlineMs: 20_000 };
  let stopping: Promise<void> | undefined;
  const get = async (hub: string, jobId: string): Promise<Job> => {
    const { job } = await callUnary(client.getJob.bind(client), { hub, jobId }, options);
    return present(job);
  };
  return {
    log,
    address,
    probeUrl: `http://${config.probeListen.host}:${config.probeListen.port}`,
    create: async (hub, work) => {
      const { job } = await callUnary(client.createJob.bind(client), { hub, work }, options);
      return present(job);
    },
    get,
    list: async (hub) => {
      const { jobs } = await callUnary(client.listJobs.bind(client), { hub }, options);
      return jobs;
    },
    cancel: async (hub, jobId) => {
      const { job } = await callUnary(client.cancelJob.bind(client), { hub, jobId }, options);
      return present(job);
    },
    ended: async (jobId, hub = 'hub-a') => {
      await eventually(async () => (await get(hub, jobId)).endTime !== undefined);
      return get(hub, jobId);
    },
    stop: () =>
      (stopping ??= (async () => {
        client.close();
        await running.stop();
      })()),
  };
}

function present(job: Job | undefined): Job {
  assert(job !== undefined, 'every answer has its job');
  return job;
}

export function isRunning(job: Job): boolean {
  return job.status === JobStatus.RUNNING;
}

function endpointOf(connectionString: string): string {
  return /BlobEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '';
}
