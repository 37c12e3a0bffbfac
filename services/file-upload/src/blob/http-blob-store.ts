/** Containers of blob stores that speak Azure's protocol (learn.microsoft.com/rest/api/storageservices). */
import { strict as assert } from 'node:assert';
import { HubError } from '@linchpin/wire';
import type {
  BlobContainer,
  BlobDescription,
  BlobRange,
  BlobStore,
} from '../domain/blob-container.js';
import { BlobRequests, type BlobRequest, type BlobStoreSettings } from './blob-requests.js';
import { parseContainerUri, type ContainerUri } from './container-uri.js';

export class HttpBlobStore implements BlobStore {
  readonly #requests: BlobRequests;

  constructor(private readonly settings: BlobStoreSettings) {
    this.#requests = new BlobRequests(settings);
  }

  open(uri: string, signal?: AbortSignal): BlobContainer {
    const container = parseContainerUri(uri, this.settings.allowedHosts);
    return new HttpBlobContainer(this.#requests, container, signal);
  }

  nameOf(uri: string): string {
    return parseContainerUri(uri, this.settings.allowedHosts).name;
  }

  close(): void {
    this.#requests.close();
  }
}

/** Answers that hold nothing of use. */
const smallAnswerBytesMax = 64 * 1024;

class HttpBlobContainer implements BlobContainer {
  constructor(
    private readonly requests: BlobRequests,
    private readonly container: ContainerUri,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async describe(blobName: string): Promise<BlobDescription> {
    const { headers } = await this.#send({ method: 'HEAD', blobName, expectedStatuses: [200] });
    const size = Number(headers['content-length']);
    const { etag } = headers;
    if (!Number.isSafeInteger(size) || etag === undefined) {
      throw new HubError('BlobContainerValidationError', 'The blob store described no blob.');
    }
    return { size, etag };
  }

  async readRange(blobName: string, { offset, length, etag }: BlobRange): Promise<Buffer> {
    assert(length > 0, 'a range has a byte at least');
    const { body } = await this.#send({
      method: 'GET',
      blobName,
      headers: { 'x-ms-range': `bytes=${offset}-${offset + length - 1}`, 'if-match': etag },
      expectedStatuses: [206],
      answerBytesMax: length,
    });
    if (body.length !== length) {
      throw new HubError('ServiceUnavailable', 'The blob store broke off.');
    }
    return body;
  }

  async stageBlock(blobName: string, blockId: string, body: Buffer): Promise<void> {
    const query = { comp: 'block', blockid: blockId };
    await this.#send({ method: 'PUT', blobName, query, body, expectedStatuses: [201] });
  }

  async commitBlocks(blobName: string, blockIds: readonly string[]): Promise<void> {
    const blocks = blockIds.map((id) => `<Uncommitted>${id}</Uncommitted>`).join('');
    await this.#send({
      method: 'PUT',
      blobName,
      query: { comp: 'blocklist' },
      headers: {
        'content-type': 'application/xml',
        'x-ms-blob-content-type': 'text/plain; charset=utf-8',
      },
      body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks}</BlockList>`),
      expectedStatuses: [201],
    });
  }

  #send(
    question: Omit<BlobRequest, 'place' | 'signal' | 'answerBytesMax'> & {
      readonly answerBytesMax?: number;
    },
  ) {
    const { container, signal } = this;
    return this.requests.send({
      answerBytesMax: smallAnswerBytesMax,
      ...question,
      place: container,
      signal,
    });
  }
}
