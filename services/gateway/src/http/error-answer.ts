import { failureHeaders } from '@linchpin/platform/http-server';
import { legacyErrorBody, type HubError } from '@linchpin/wire';
import type { CallAnswer, ServedCall } from './served-call.js';

/** What a client sees of a call that failed (device-https.md section 7). */
export function errorAnswer(error: HubError, { id, call }: ServedCall): CallAnswer {
  const headers = failureHeaders(error).flat();
  if (error.httpStatus === 401) {
    headers.push('WWW-Authenticate', 'SharedAccessSignature');
  }
  if (call.name === 'wrongMethod') {
    headers.push('Allow', call.allowed);
  }
  headers.push('Content-Type', 'application/json; charset=utf-8');
  const body = JSON.stringify(legacyErrorBody(error, { id, time: new Date() }));
  return { status: error.httpStatus, headers, body: Buffer.from(body) };
}
