import { failureHeaders } from '@linchpin/platform/http-server';
import { legacyErrorBody, type HubError } from '@linchpin/wire';
import type { CallAnswer, ServedCall } from './served-call.js';

/** What a client sees of a call that failed (device-https.md section 7). */
export function errorAnswer(error: HubError, { id, call }: ServedCall): CallAnswer {
  const answer = failureAnswer(error, id);
  const headers = [...answer.headers];
  if (error.httpStatus === 401) {
    headers.push('WWW-Authenticate', 'SharedAccessSignature');
  }
  if (call.name === 'wrongMethod') {
    headers.push('Allow', call.allowed);
  }
  return { ...answer, headers };
}

/** The same of any request. @param id for whoever looks for it in a log */
export function failureAnswer(error: HubError, id: string): CallAnswer {
  const body = JSON.stringify(legacyErrorBody(error, { id, time: new Date() }));
  return {
    status: error.httpStatus,
    headers: [
      ...failureHeaders(error).flat(),
      ...['Content-Type', 'application/json; charset=utf-8'],
    ],
    body: Buffer.from(body),
  };
}
