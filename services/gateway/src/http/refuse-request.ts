import { randomBytes } from 'node:crypto';
import { sendAnswer, type Exchange } from '@linchpin/platform/http-server';
import type { HubError } from '@linchpin/wire';
import { failureAnswer } from './error-answer.js';

/** Answers what is passed on to nobody (device-https.md section 7). */
export function refuseRequest(exchange: Exchange, error: HubError): void {
  const id = randomBytes(16).toString('hex');
  const answer = failureAnswer(error, id);
  const headers = [...answer.headers, 'x-ms-request-id', id, 'Cache-Control', 'no-store'];
  sendAnswer(exchange, { ...answer, headers });
}
