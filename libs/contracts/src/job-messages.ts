/** Import and export jobs between identity_jobs.proto and the words of services. */
import type { JobWork } from '@linchpin/wire';
import type { Job } from './gen/linchpin/file_upload/v1/identity_jobs.js';

type WorkMessage = NonNullable<Job['work']>;

export function toWorkMessage(work: JobWork): WorkMessage {
  return work.kind === 'export'
    ? { $case: 'export', value: work }
    : { $case: 'import', value: work };
}

export function toJobWork(message: WorkMessage): JobWork {
  return message.$case === 'export'
    ? { kind: 'export', ...message.value }
    : { kind: 'import', ...message.value };
}
