/** Import and export jobs (service-rest.md section 5). */

export type JobStatus = 'enqueued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Containers are URIs; as a client gives them, their queries hold a signature, which is a secret. */
export type JobWork = ExportWork | ImportWork;

interface ExportWork {
  readonly kind: 'export';
  readonly outputContainerUri: string;
  readonly outputBlobName: string;
  readonly excludeKeys: boolean;
}

interface ImportWork {
  readonly kind: 'import';
  readonly inputContainerUri: string;
  readonly inputBlobName: string;
  /** Where the errors go. */
  readonly outputContainerUri: string;
}
