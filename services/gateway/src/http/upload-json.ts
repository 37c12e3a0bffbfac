/** What a device and the hub say of an uploaded file (device-https.md section 6). */
import { HubError } from '@linchpin/wire';
import type { UploadCompletion, UploadGrant } from '../domain/file-uploads.js';
import { isJsonObject, parseJsonBody, type JsonObject } from './json-body.js';

/** Of Azure's blobs. */
const blobNameLengthMax = 1_024;

/** @throws HubError ArgumentInvalid */
export function readBlobName(body: Uint8Array): string {
  const { blobName } = readObject(body);
  if (typeof blobName !== 'string' || blobName === '' || blobName.length > blobNameLengthMax) {
    throw new HubError(
      'ArgumentInvalid',
      `blobName: a text of 1 to ${blobNameLengthMax} characters.`,
    );
  }
  return blobName;
}

export function formatUploadGrant(grant: UploadGrant): string {
  const { correlationId, hostName, containerName, blobName, sasToken } = grant;
  return JSON.stringify({ correlationId, hostName, containerName, blobName, sasToken });
}

/**
 * `statusCode` and `statusDescription` are of no meaning here: Azure's own samples have numbers there, words, or nothing.
 *
 * @param named by the path, which counts where the body names none
 * @throws HubError ArgumentInvalid, InvalidFileUploadCorrelationId, InvalidFileUploadCompletionStatus
 */
export function readUploadCompletion(
  body: Uint8Array,
  named: string | undefined,
): UploadCompletion {
  const json = readObject(body);
  return {
    correlationId: readCorrelationId(json, named),
    isSuccess: readIsSuccess(json),
  };
}

function readObject(body: Uint8Array): JsonObject {
  const json = parseJsonBody(body);
  if (!isJsonObject(json)) {
    throw new HubError('ArgumentInvalid', 'The body must be an object.');
  }
  return json;
}

function readCorrelationId({ correlationId }: JsonObject, named: string | undefined): string {
  const inBody = correlationId ?? '';
  if (typeof inBody !== 'string') {
    throw new HubError('ArgumentInvalid', 'correlationId: a text.');
  }
  const id = inBody === '' ? named : inBody;
  if (id === undefined) {
    throw new HubError('InvalidFileUploadCorrelationId', 'Neither body nor path name the upload.');
  }
  return id;
}

function readIsSuccess({ isSuccess }: JsonObject): boolean {
  const word = typeof isSuccess === 'string' ? isSuccess.toLowerCase() : isSuccess;
  switch (word) {
    case true:
    case 'true':
      return true;
    case false:
    case 'false':
      return false;
    default:
      throw new HubError('InvalidFileUploadCompletionStatus', 'isSuccess: true or false.');
  }
}
