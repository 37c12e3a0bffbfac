/**
 * A blob store's account as tests use it: containers of their own, signed URLs of these, and blobs in
 * them. Signatures are Azure's "service SAS" and "account SAS" of version 2019-12-12.
 */
import { strict as assert } from 'node:assert';
import { createHmac, randomUUID } from 'node:crypto';
import { urlToHttpOptions } from 'node:url';
import { exchangeHttps, type HttpsAnswer } from './https-answer.js';

const version = '2019-12-12';
const lifetimeMs = 3_600_000;

export class BlobAccount {
  readonly #account: string;
  readonly #key: Buffer;
  readonly #endpoint: string;

  /**
   * @param connectionString as Azure's tools read it
   * @param authority PEM text of who signed the store's certificate, if Node does not know it
   */
  constructor(
    connectionString: string,
    private readonly authority?: string,
  ) {
    const member = (name: string): string => {
      const value = new RegExp(`(?:^|;)${name}=([^;]+)`).exec(connectionString)?.[1];
      assert(value !== undefined, `the connection string of the blob store lacks ${name}`);
      return value;
    };
    this.#account = member('AccountName');
    this.#key = Buffer.from(member('AccountKey'), 'base64');
    this.#endpoint = member('BlobEndpoint');
  }

  /** @returns its name */
  async createContainer(): Promise<string> {
    const name = `test-${randomUUID()}`;
    await this.#send('PUT', `/${name}?restype=container&${this.#accountSignature()}`, 201);
    return name;
  }

  async deleteContainer(name: string): Promise<void> {
    await this.#send('DELETE', `/${name}?restype=container&${this.#accountSignature()}`, 202);
  }

  /** The container with a signature in its query, as whoever asks for a job sends it. */
  containerUri(name: string, permissions = 'rcwdl', validMs = lifetimeMs): string {
    const expiry = formatTime(validMs);
    const resource = `/blob/${this.#account}/${name}`;
    const blanks = ['', '', '', '', '', ''];
    const signed = [permissions, '', expiry, resource, '', '', 'https', version, 'c', ...blanks];
    const query = { sp: permissions, se: expiry, spr: 'https', sv: version, sr: 'c' };
    return `${this.#endpoint}/${name}?${this.#sign(signed.join('\n'), query)}`;
  }

  async write(container: string, blob: string, content: string | Buffer): Promise<void> {
    const path = `/${container}/${blob}?${this.#accountSignature()}`;
    await this.#send('PUT', path, 201, Buffer.from(content));
  }

  /** Undefined when there is no such blob. */
  async read(container: string, blob: string): Promise<string | undefined> {
    const path = `/${container}/${blob}?${this.#accountSignature()}`;
    const { status, text } = await this.#exchange('GET', path);
    assert(status === 200 || status === 404, `the blob store answered ${status}: ${text}`);
    return status === 200 ? text : undefined;
  }

  async #send(method: string, path: string, expected: number, body?: Buffer): Promise<void> {
    const { status, text } = await this.#exchange(method, path, body);
    assert(status === expected, `the blob store answered ${status}: ${text}`);
  }

  #exchange(method: string, path: string, body: Buffer = Buffer.alloc(0)): Promise<HttpsAnswer> {
    return exchangeHttps(
      {
        ...urlToHttpOptions(new URL(`${this.#endpoint}${path}`)),
        method,
        agent: false,
        ...(this.authority !== undefined && { ca: this.authority }),
        headers: {
          'x-ms-version': version,
          ...(body.length > 0 && { 'x-ms-blob-type': 'BlockBlob' }),
        },
      },
      body,
    );
  }

  /** For everything in the account. */
  #accountSignature(): string {
    const query = {
      sv: version,
      ss: 'b',
      srt: 'sco',
      sp: 'rwdlac',
      se: formatTime(lifetimeMs),
      spr: 'https',
    };
    const { sp, ss, srt, se, spr, sv } = query;
    const signed = [this.#account, sp, ss, srt, '', se, '', spr, sv, ''];
    return this.#sign(signed.join('\n'), query);
  }

  #sign(text: string, query: Readonly<Record<string, string>>): string {
    const sig = createHmac('sha256', this.#key).update(text).digest('base64');
    return new URLSearchParams({ ...query, sig }).toString();
  }
}

function formatTime(inMs: number): string {
  return `${new Date(Date.now() + inMs).toISOString().slice(0, 19)}Z`;
}
