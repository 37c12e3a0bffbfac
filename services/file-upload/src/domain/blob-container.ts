/** A container of a blob store, as far as jobs use one. */
export interface BlobContainer {
  /** @throws HubError as `readRange`, also when there is no such blob */
  describe(blobName: string): Promise<BlobDescription>;

  /**
   * Bytes of a blob from `offset` on, at most so many, of the version that `describe` saw.
   *
   * @throws HubError BlobContainerValidationError when the store refuses, ServiceUnavailable when it
   *   does not answer
   */
  readRange(blobName: string, range: BlobRange): Promise<Buffer>;

  /**
   * Keeps bytes for `commitBlocks`; nobody sees them before. They are the caller's again when it is done.
   * Block ids are of one length.
   */
  stageBlock(blobName: string, blockId: string, bytes: Buffer): Promise<void>;

  /** Makes the blob of these blocks, in their order; none make an empty one. */
  commitBlocks(blobName: string, blockIds: readonly string[]): Promise<void>;
}

export interface BlobDescription {
  readonly size: number;
  readonly etag: string;
}

export interface BlobRange {
  readonly offset: number;
  readonly length: number;
  readonly etag: string;
}

export interface BlobStore {
  /**
   * @param uri with a signature in its query
   * @param signal ends what is asked of the container
   * @throws HubError BlobContainerValidationError when it names no container that may be used
   */
  open(uri: string, signal?: AbortSignal): BlobContainer;

  /** The URI without its query. @throws HubError as `open` */
  nameOf(uri: string): string;
}
