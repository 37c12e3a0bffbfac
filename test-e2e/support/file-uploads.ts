/** A hub whose devices upload files, and what devices ask it for that (device-https.md section 6). */
import { readFileSync } from 'node:fs';
import { askHttps, BlobAccount, testEngines, type HttpsAnswer } from '@linchpin/testing';
import { administer } from './administration.js';
import { hub } from './hub.js';
import { tokenOf, type TestIdentity } from './registry.js';

export interface Grant {
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  readonly blobName: string;
  readonly sasToken: string;
}

const { blobConnectionString, blobAuthorityFile } = testEngines();

export const blobs = new BlobAccount(blobConnectionString, readFileSync(blobAuthorityFile, 'utf8'));

interface UploadChoice {
  readonly sasTtlAsIso8601?: string;
  readonly fileNotifications?: object;
  readonly enableFileUploadNotifications?: boolean;
}

/** Names a new container for the uploads of a hub's devices. @returns its name */
export async function allowUploads(name: string, choice: UploadChoice = {}): Promise<string> {
  const containerName = await blobs.createContainer();
  const { sasTtlAsIso8601, fileNotifications, enableFileUploadNotifications = true } = choice;
  const $default = { connectionString: blobConnectionString, containerName, sasTtlAsIso8601 };
  const { status, body } = await administer('PUT', `/${name}`, {
    location: 'local',
    properties: {
      storageEndpoints: { $default },
      ...(fileNotifications && { messagingEndpoints: { fileNotifications } }),
      enableFileUploadNotifications,
    },
  });
  if (status !== 200) {
    throw new Error(`allowing uploads was answered with ${status}: ${JSON.stringify(body)}`);
  }
  return containerName;
}

/** `POST /devices/{id}/files`. */
export function startUpload(device: TestIdentity, blobName: unknown): Promise<HttpsAnswer> {
  return ask(device, '', { blobName });
}

/** @throws Error unless it is granted */
export async function grantUpload(device: TestIdentity, blobName: string): Promise<Grant> {
  const { status, text } = await startUpload(device, blobName);
  if (status !== 200) {
    throw new Error(`an upload was answered with ${status}: ${text}`);
  }
  return JSON.parse(text) as Grant;
}

/** `POST /devices/{id}/files/notifications`, with the correlation id in the body. */
export function completeUpload(
  device: TestIdentity,
  correlationId: string,
  isSuccess = true,
): Promise<HttpsAnswer> {
  const outcome = { isSuccess, statusCode: isSuccess ? 200 : 500, statusDescription: 'as it is' };
  return ask(device, '/notifications', { correlationId, ...outcome });
}

/** Any request below `/devices/{id}/files`. */
export function ask(device: TestIdentity, below: string, body: object): Promise<HttpsAnswer> {
  const { deviceId, host } = device;
  const path = `/devices/${encodeURIComponent(deviceId)}/files${below}`;
  return askHttps(
    {
      ...{ host: hub.host, servername: 'localhost', ca: hub.authority, method: 'POST' },
      path: `${path}?api-version=2021-04-12`,
      headers: { host, authorization: tokenOf(device), 'content-type': 'application/json' },
    },
    body,
  );
}

/** Where the device may write, and nothing else. */
export function uriOf({ hostName, containerName, blobName, sasToken }: Partial<Grant>): string {
  return `https://${hostName}/${containerName}/${blobName}${sasToken}`;
}
