/** Files that a device uploads: it is told where to, and says when it is done (device-https.md section 6). */
import type { RequestAccess } from '../domain/request-accesses.js';
import { readCallBody } from './call-body.js';
import type { DeviceCall } from './device-call.js';
import type { HttpServices } from './http-services.js';
import { noContent, type CallAnswer, type ServedCall } from './served-call.js';
import { formatUploadGrant, readBlobName, readUploadCompletion } from './upload-json.js';

const bodyLimit = { bytesMax: 16 * 1024, tooLarge: 'GenericRequestEntityTooLarge' } as const;

export async function startUpload(
  served: ServedCall,
  { session, limiter, checkCounts }: RequestAccess,
  { uploads, bodies }: HttpServices,
): Promise<CallAnswer> {
  const blobName = readBlobName(await readCallBody(served, bodies, bodyLimit));
  await limiter.admitUpload();
  checkCounts();
  const grant = await uploads.start(session, blobName);
  return {
    status: 200,
    // It lets its bearer write.
    headers: ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'],
    body: Buffer.from(formatUploadGrant(grant)),
  };
}

export async function completeUpload(
  served: ServedCall,
  { correlationId }: Extract<DeviceCall, { readonly name: 'completeUpload' }>,
  { session, limiter, checkCounts }: RequestAccess,
  { uploads, bodies }: HttpServices,
): Promise<CallAnswer> {
  const body = await readCallBody(served, bodies, bodyLimit);
  const completion = readUploadCompletion(body, correlationId);
  await limiter.admitUploadEnd();
  checkCounts();
  await uploads.complete(session, completion);
  return noContent;
}
