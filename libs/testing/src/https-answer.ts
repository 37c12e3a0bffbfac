import type { OutgoingHttpHeaders } from 'node:http';
import { request, type RequestOptions } from 'node:https';

export interface HttpsAnswer {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly text: string;
}

type Question = Omit<RequestOptions, 'headers'> & { readonly headers: OutgoingHttpHeaders };

/** Asks once; `fetch` would neither let the header Host nor the trusted authority be chosen. */
export function askHttps(question: Question, body: object | undefined): Promise<HttpsAnswer> {
  return exchangeHttps(question, body === undefined ? '' : JSON.stringify(body));
}

/** As `askHttps`, for a body that is no JSON. */
export function exchangeHttps(
  { headers: given, ...options }: Question,
  content: string | Buffer,
): Promise<HttpsAnswer> {
  const headers = { 'content-length': Buffer.byteLength(content), ...given };
  return new Promise((resolve, reject) => {
    request({ ...options, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
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
