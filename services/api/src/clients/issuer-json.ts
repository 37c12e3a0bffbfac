/** Reads what an issuer publishes: over TLS, bounded in time and size, and from nowhere but where it was asked. */
import { request } from 'node:https';
import { rootCertificates } from 'node:tls';

interface IssuerRequestSettings {
  /** PEM; trusted beside what Node trusts. */
  readonly authorities: readonly string[];
  readonly timeoutMs: number;
}

/** A set of some hundred keys is smaller. */
const answerBytesMax = 256 * 1024;

/** @throws Error unless the answer is 200 with a JSON object; a redirection is not followed */
export async function fetchIssuerJson(
  url: string,
  { authorities, timeoutMs }: IssuerRequestSettings,
): Promise<Readonly<Record<string, unknown>>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const ca = authorities.length > 0 ? [...rootCertificates, ...authorities] : undefined;
  const text = await new Promise<string>((resolve, reject) => {
    // On its own account, too: to an answer of another protocol (101) Node closes the connection and tells of
    // neither answer nor error.
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
    const options = {
      signal,
      agent: false,
      headers: { accept: 'application/json' },
      ...(ca && { ca }),
    };
    request(url, options, (answer) => {
      if (answer.statusCode !== 200) {
        answer.destroy();
        reject(new Error(`${url} answered ${answer.statusCode ?? 'nothing'}`));
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > answerBytesMax) {
          answer.destroy(new Error(`${url} answered with more than ${answerBytesMax} bytes`));
        }
      });
      answer.once('error', reject);
      answer.once('end', () => {
        resolve(Buffer.concat(chunks).toString());
      });
    })
      .once('error', reject)
      .end();
  });
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${url} answered with no JSON object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
