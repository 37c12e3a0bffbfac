/** What tests of jobs share: engines, a container, work for jobs, and the processes that run them. */
import type { CreateJobRequest } from '@linchpin/contracts';
import type { Selectable } from 'kysely';
import type { FileUploadConfig } from '../../src/config.js';
import type { JobsTable } from '../../src/postgres/schema.js';
import type { FakeRegistry } from './fake-registry.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestFileUpload,
} from './start-test-file-upload.js';

export class JobsUnderTest {
  container = '';
  /** Of the container, with a signature. */
  uri = '';
  /** Runs jobs for whichever test does not need to be alone; it is started when it is asked for. */
  #shared: TestFileUpload | undefined;
  /** What a test started for itself; the next one begins without. */
  #own: TestFileUpload[] = [];
  #open: () => void = () => undefined;

  private constructor(readonly deployment: TestDeployment) {}

  static async create(): Promise<JobsUnderTest> {
    return new JobsUnderTest(await createTestDeployment());
  }

  get registry(): FakeRegistry {
    return this.deployment.registry;
  }

  /** Before each test. */
  async reset(): Promise<void> {
    const { deployment, registry } = this;
    this.open();
    await Promise.all(this.#own.map((one) => one.stop()));
    this.#own = [];
    await deployment.database.db.deleteFrom('jobs').execute();
    registry.reset();
    this.container = await deployment.blobs.createContainer();
    this.uri = deployment.blobs.containerUri(this.container);
  }

  close(): Promise<void> {
    return this.deployment.close();
  }

  /** Pages and rows are answered once `open` is called. */
  shut(): void {
    this.registry.gate = new Promise((resolve) => {
      this.#open = () => {
        resolve();
        this.registry.gate = Promise.resolve();
      };
    });
  }

  open(): void {
    this.#open();
  }

  /**
   * Holds jobs that are made in hub-a between the look at their containers and their entry in the audit log.
   *
   * @returns what lets them go on
   */
  holdCreations(): () => void {
    let open: () => void = () => undefined;
    this.registry.creationGate = new Promise((resolve) => {
      open = resolve;
    });
    return () => {
      open();
      this.registry.creationGate = Promise.resolve();
    };
  }

  async running(): Promise<TestFileUpload> {
    return (this.#shared ??= await this.deployment.start());
  }

  /** Processes of the test's own: nobody else takes a job. */
  async start(overrides: Partial<FileUploadConfig> = {}): Promise<TestFileUpload> {
    await this.#shared?.stop();
    this.#shared = undefined;
    const started = await this.deployment.start(overrides);
    this.#own.push(started);
    return started;
  }

  exportWork(members = {}): CreateJobRequest['work'] {
    const value = {
      outputContainerUri: this.uri,
      outputBlobName: 'devices.txt',
      excludeKeys: false,
    };
    return { $case: 'export', value: { ...value, ...members } };
  }

  importWork(members = {}): CreateJobRequest['work'] {
    const value = {
      inputContainerUri: this.uri,
      inputBlobName: 'in.txt',
      outputContainerUri: this.uri,
    };
    return { $case: 'import', value: { ...value, ...members } };
  }

  /** What `importWork` reads. */
  async writeRows(count: number, mode = 'create'): Promise<void> {
    await this.deployment.blobs.write(this.container, 'in.txt', rowsOf(count, mode).join('\n'));
  }

  /** Undefined when there is no such blob. */
  read(blob: string): Promise<string | undefined> {
    return this.deployment.blobs.read(this.container, blob);
  }

  appliedIds(): readonly (string | undefined)[] {
    return this.registry.applied.map(({ definition }) => definition?.deviceId);
  }

  /** As it is in the table. */
  row(jobId: string): Promise<Selectable<JobsTable>> {
    return this.deployment.database.db
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
  }
}

/** Devices `d0`, `d1` and so on. */
export function rowsOf(count: number, mode = 'create'): readonly string[] {
  return Array.from({ length: count }, (_, number) =>
    JSON.stringify({ id: `d${number}`, importMode: mode }),
  );
}
