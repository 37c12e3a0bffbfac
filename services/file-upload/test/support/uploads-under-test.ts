/** What tests of uploads share: engines, hubs with storage in a container of the test's own, and their devices. */
import { urlToHttpOptions } from 'node:url';
import {
  FileNotificationOutcome,
  FileNotificationsClient,
  FileUploadsClient,
  type FileNotification,
  type FileNotificationSettings,
  type GetUploadSettingsResponse,
  type ReceiveFileNotificationResponse,
  type StartUploadResponse,
  type UploadingDevice,
  type UploadStorage,
} from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import { exchangeHttps, testEngines, type HttpsAnswer } from '@linchpin/testing';
import type { HubId } from '@linchpin/wire';
import { sql } from 'kysely';
import type { FileUploadConfig } from '../../src/config.js';
import {
  createTestDeployment,
  type TestDeployment,
  type TestFileUpload,
} from './start-test-file-upload.js';

const options = { name: 'test', deadlineMs: 20_000 };

export class UploadsUnderTest {
  #process: TestFileUpload;
  #uploads: FileUploadsClient;
  #notifications: FileNotificationsClient;
  #generations = 1_000;

  private constructor(
    readonly deployment: TestDeployment,
    readonly container: string,
    process: TestFileUpload,
  ) {
    this.#process = process;
    this.#uploads = clientOf(FileUploadsClient, process);
    this.#notifications = clientOf(FileNotificationsClient, process);
  }

  static async start(overrides: Partial<FileUploadConfig> = {}): Promise<UploadsUnderTest> {
    const deployment = await createTestDeployment();
    const container = await deployment.blobs.createContainer();
    return new UploadsUnderTest(deployment, container, await deployment.start(overrides));
  }

  get process(): TestFileUpload {
    return this.#process;
  }

  /** Another process takes the place of the one that runs. */
  async replaceProcess(): Promise<void> {
    this.#close();
    await this.#process.stop();
    this.#process = await this.deployment.start();
    this.#uploads = clientOf(FileUploadsClient, this.#process);
    this.#notifications = clientOf(FileNotificationsClient, this.#process);
  }

  async stop(): Promise<void> {
    this.#close();
    await this.deployment.close();
  }

  newHub(
    notifications: Partial<FileNotificationSettings> = {},
    storage: Partial<UploadStorage> = {},
  ): HubId {
    this.#generations += 1;
    const hubGeneration = String(this.#generations);
    const hub = `hub-${hubGeneration}`;
    this.registered({ hub, hubGeneration }, this.settings(notifications, storage));
    return { hub, hubGeneration };
  }

  /** So the registry has it from now on. */
  registered({ hub, hubGeneration }: HubId, settings: GetUploadSettingsResponse): void {
    this.deployment.registry.generations.set(hub, hubGeneration);
    this.deployment.registry.uploadSettings.set(hub, settings);
  }

  settings(
    notifications: Partial<FileNotificationSettings> = {},
    storage: Partial<UploadStorage> = {},
  ): GetUploadSettingsResponse {
    return {
      storage: {
        connectionString: testEngines().blobConnectionString,
        containerName: this.container,
        identityBased: false,
        identity: undefined,
        grantTtlSeconds: 3_600,
        ...storage,
      },
      notifications: {
        enabled: true,
        ttlSeconds: 3_600,
        lockSeconds: 60,
        maxDeliveryCount: 10,
        ...notifications,
      },
    };
  }

  startUpload(device: UploadingDevice, blobName: string): Promise<StartUploadResponse> {
    const client = this.#uploads;
    return callUnary(client.startUpload.bind(client), { device, blobName }, options);
  }

  async complete(device: UploadingDevice, correlationId: string, isSuccess = true): Promise<void> {
    const client = this.#uploads;
    const said = { isSuccess, statusCode: 200, statusDescription: 'as it went' };
    await callUnary(
      client.completeUpload.bind(client),
      { device, correlationId, ...said },
      options,
    );
  }

  /** Started, written and completed. */
  async upload(device: UploadingDevice, blobName: string, content = 'content'): Promise<void> {
    const grant = await this.startUpload(device, blobName);
    await writeBlob(grant, content);
    await this.complete(device, grant.correlationId);
  }

  look(hub: HubId): Promise<ReceiveFileNotificationResponse> {
    const client = this.#notifications;
    return callUnary(client.receiveFileNotification.bind(client), { ...hub }, options);
  }

  async receive(hub: HubId): Promise<FileNotification | undefined> {
    return (await this.look(hub)).notification;
  }

  async settle(
    { hub, hubGeneration }: HubId,
    lockToken: Buffer,
    outcome: FileNotificationOutcome = FileNotificationOutcome.COMPLETE,
  ): Promise<void> {
    const client = this.#notifications;
    const request = { hub, hubGeneration, lockToken, outcome };
    await callUnary(client.settleFileNotification.bind(client), request, options);
  }

  /** As if so much time had passed for all that is kept of the hub. */
  async age({ hubGeneration }: HubId, seconds: number): Promise<void> {
    const { db } = this.deployment.database;
    const by = sql`make_interval(secs => ${seconds})`;
    await sql`
      update uploads set started_time = started_time - ${by},
        grant_expiry_time = grant_expiry_time - ${by}, ended_time = ended_time - ${by}
      where hub_generation = ${hubGeneration}`.execute(db);
    await sql`
      update file_notifications set enqueued_time = enqueued_time - ${by},
        expiry_time = expiry_time - ${by}, locked_until = locked_until - ${by}
      where hub_generation = ${hubGeneration}`.execute(db);
  }

  async countRows(table: 'uploads' | 'file_notifications', hub: HubId): Promise<number> {
    const { rows } = await sql<{ count: string }>`
      select count(*) from ${sql.table(table)}
      where hub_generation = ${hub.hubGeneration}`.execute(this.deployment.database.db);
    return Number(rows[0]?.count);
  }

  #close(): void {
    this.#uploads.close();
    this.#notifications.close();
  }
}

export function deviceOf(hub: HubId, deviceId = 'd1', generationId = '1'): UploadingDevice {
  return { ...hub, deviceId, generationId };
}

type Parts = Pick<StartUploadResponse, 'hostName' | 'containerName' | 'blobName' | 'sasToken'>;

/** As clients put the parts together; what is not encoded in the name they send as it is. */
export function uriOf({ hostName, containerName, blobName, sasToken }: Parts): string {
  const path = blobName.split('/').map(encodeURIComponent).join('/');
  return `https://${hostName}/${containerName}/${path}${sasToken}`;
}

/** @param authority PEM text of who signed the store's certificate, if Node does not know it */
export function askStore(
  method: string,
  uri: string,
  content = '',
  authority?: string,
): Promise<HttpsAnswer> {
  return exchangeHttps(
    {
      ...urlToHttpOptions(new URL(uri)),
      method,
      agent: false,
      ...(authority !== undefined && { ca: authority }),
      headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2021-12-02' },
    },
    content,
  );
}

export async function writeBlob(grant: Parts, content = 'content'): Promise<void> {
  const { status, text } = await askStore('PUT', uriOf(grant), content);
  if (status !== 201) {
    throw new Error(`the store answered ${status}: ${text}`);
  }
}

function clientOf<Client extends FileUploadsClient | FileNotificationsClient>(
  type: Parameters<typeof createGrpcClient<Client>>[0],
  { address }: TestFileUpload,
): Client {
  return createGrpcClient(type, { address, tls: undefined });
}
