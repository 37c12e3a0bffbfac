import type { OutgoingHttpHeaders } from 'node:http';
import { request, type RequestOptions } from 'node:https';

export interface HttpsAnswer {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly text: string;
}

/** Asks once; `fetch` would neither let the header Host nor the trusted authority be chosen. */
export function askHttps(
  options: Omit<RequestOptions, 'headers'> & { readonly headers: OutgoingHttpHeaders },
  body: object | undefined,
): Promise<HttpsAnswer> {
  const content = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'content-length': Buffer.byteLength(content), ...options.headers };
  return new Promise((resolve, reject) => {
    request({ ...options, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          errorCode: answer.headers['iothub-errorcode']?.toString(),
          text: Buffer.concat(chunks).toString(),
        });
      });
    })
      .once('error', reject)
      .end(content);
  });
}
