/**
 * Requests to a blob store over HTTPS, with bounds on all of it: nothing is followed elsewhere, nothing
 * is waited for or read without end. Errors bear no text of the store's but its error code, and never
 * the signature of a URI.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { rootCertificates } from 'node:tls';
import { HubError } from '@linchpin/wire';
import { encodePath } from './encode-path.js';

export interface BlobStoreSettings {
  /** `host`, `host:port` or `*.domain`. */
  readonly allowedHosts: readonly string[];
  /** PEM texts of authorities that are trusted beside the well-known ones. */
  readonly authorities: readonly string[];
}

/** What is asked, or what blobs are in. */
export interface StorePlace {
  readonly hostname: string;
  readonly port: number;
  /** As it stands in a request. */
  readonly path: string;
  /** The signature, without a question mark. */
  readonly query: string;
}

export interface BlobRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly place: StorePlace;
  /** Undefined where the place itself is asked. */
  readonly blobName?: string;
  /** Of the operation. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly expectedStatuses: readonly number[];
  /** A longer answer is an error. */
  readonly answerBytesMax: number;
  /** Two minutes, but where somebody waits who has less time. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

interface BlobAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Of the protocol: the oldest that has all that is asked. */
const protocolVersion = '2019-12-12';
const silenceMaxMs = 30_000;
const requestMaxMs = 120_000;

export class BlobRequests {
  readonly #agent: Agent;

  constructor({ authorities }: Pick<BlobStoreSettings, 'authorities'>) {
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 8,
      timeout: silenceMaxMs,
      minVersion: 'TLSv1.2',
      ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * @throws HubError BlobContainerValidationError when the store refuses, ServiceUnavailable when it
   *   gave no answer of use; or the signal's reason
   */
  async send(question: BlobRequest): Promise<BlobAnswer> {
    const { signal: given, timeoutMs = requestMaxMs } = question;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = given === undefined ? deadline : AbortSignal.any([given, deadline]);
    let answer: IncomingMessage;
    let body: Buffer;
    try {
      answer = await this.#ask(question, signal);
      body = await readBody(answer, question.answerBytesMax);
    } catch (cause) {
      given?.throwIfAborted();
      throw new HubError('ServiceUnavailable', 'The blob store does not answer.', { cause });
    }
    const status = answer.statusCode ?? 0;
    if (!question.expectedStatuses.includes(status)) {
      throw refusal(status, answer.headers['x-ms-error-code']);
    }
    return { status, headers: answer.headers, body };
  }

  async #ask(question: BlobRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, place, headers, body } = question;
    const outgoing = request({
      agent: this.#agent,
      host: place.hostname,
      port: place.port,
      method,
      path: pathOf(question),
      signal,
      timeout: silenceMaxMs,
      headers: {
        'x-ms-version': protocolVersion,
        'content-length': body?.length ?? 0,
        ...headers,
      },
    });
    outgoing.once('timeout', () => {
      outgoing.destroy(new Error(`silent for ${silenceMaxMs} ms, asked for ${place.path}`));
    });
    // One that comes behind the answer's beginning is told by the answer, too, and would end the process.
    outgoing.on('error', () => undefined);
    outgoing.end(body);
    // The signal on its own account, too: to an answer of another protocol (101) Node closes the connection and
    // tells of neither answer nor error, now nor later.
    const [answer] = (await once(outgoing, 'response', { signal })) as [IncomingMessage];
    return answer;
  }
}

function pathOf({ place, blobName, query = {} }: BlobRequest): string {
  const path = blobName === undefined ? place.path : `${place.path}/${encodePath(blobName)}`;
  const parameters = [place.query, new URLSearchParams(query).toString()].filter(
    (each) => each !== '',
  );
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

async function readBody(answer: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // What is too long, and an error's text, which says no more than its code, is read no further.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) {
      if ((answer.statusCode ?? 0) >= 300) {
        break;
      }
      throw new Error(`an answer of more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Others than these are answered in the same way however often one asks. */
const passingStatuses = [408, 429, 500, 502, 503, 504];

function refusal(status: number, code: string | string[] | undefined): HubError {
  if (passingStatuses.includes(status)) {
    return new HubError('ServiceUnavailable', `The blob store answers ${status} for now.`);
  }
  const name = typeof code === 'string' && /^\w{1,64}$/.test(code) ? ` ${code}` : '';
  return new HubError('BlobContainerValidationError', `The blob store answered ${status}${name}.`);
}
