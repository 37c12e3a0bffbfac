import { randomBytes } from 'node:crypto';
import { failureHeaders, sendAnswer, type Exchange } from '@linchpin/platform/http-server';
import { legacyErrorBody, type HubError } from '@linchpin/wire';

/** Answers what is passed on to nobody (device-https.md section 7). */
export function refuseRequest(exchange: Exchange, error: HubError): void {
  const id = randomBytes(16).toString('hex');
  const body = JSON.stringify(legacyErrorBody(error, { id, time: new Date() }));
  const headers = [
    ...failureHeaders(error).flat(),
    ...['x-ms-request-id', id],
    ...['Cache-Control', 'no-store'],
    ...['Content-Type', 'application/json; charset=utf-8'],
  ];
  sendAnswer(exchange, { status: error.httpStatus, headers, body: Buffer.from(body) });
}
