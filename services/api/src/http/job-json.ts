/** The JSON of import and export jobs: of the service API (service-rest.md section 5), and of ARM (14.4). */
import { formatIsoTime, HubError, type JobWork } from '@linchpin/wire';
import { anyCase, text } from '@linchpin/wire/json';
import { z } from 'zod';
import type { IdentityJob } from '../domain/identity-jobs.js';

/** As clients of all kinds name nothing: absent, null, or empty. */
const orStandard = (standard: string) =>
  text.transform((value) => (value === undefined || value === '' ? standard : value));

const devicesBlob = 'devices.txt';
const configurationsBlob = 'configurations.txt';

const authentication = {
  includeConfigurations: z.boolean().nullish(),
  identity: z.unknown().optional(),
};

/** What only the hub writes is not named here, hence ignored. */
export const jobSchema = z.object({
  ...authentication,
  type: z
    .string()
    .transform((type) => type.toLowerCase())
    .pipe(z.enum(['export', 'import'], 'must be export or import')),
  inputBlobContainerUri: text,
  inputBlobName: orStandard(devicesBlob),
  outputBlobContainerUri: text,
  outputBlobName: orStandard(devicesBlob),
  excludeKeysInExport: z.boolean().nullish(),
  storageAuthenticationType: anyCase(['keyBased', 'identityBased']),
});

/** @throws HubError for what a job needs and the body lacks, or asks for and no job has */
export function parseJobWork(body: z.output<typeof jobSchema>): JobWork {
  checkServed(body, body.storageAuthenticationType);
  const outputContainerUri = required('outputBlobContainerUri', body.outputBlobContainerUri);
  return body.type === 'export'
    ? {
        kind: 'export',
        outputContainerUri,
        outputBlobName: body.outputBlobName,
        excludeKeys: body.excludeKeysInExport ?? false,
      }
    : {
        kind: 'import',
        inputContainerUri: required('inputBlobContainerUri', body.inputBlobContainerUri),
        inputBlobName: body.inputBlobName,
        outputContainerUri,
      };
}

export const exportSchema = z.object({
  ...authentication,
  exportBlobContainerUri: text,
  exportBlobName: orStandard(devicesBlob),
  /** Needed, as Azure has it: no blob gets keys because a member was forgotten. */
  excludeKeys: z.boolean('must be true or false'),
  authenticationType: anyCase(['keyBased', 'identityBased']),
});

/** @throws as `parseJobWork` */
export function parseExportWork(body: z.output<typeof exportSchema>): JobWork {
  checkServed(body, body.authenticationType);
  return {
    kind: 'export',
    outputContainerUri: required('exportBlobContainerUri', body.exportBlobContainerUri),
    outputBlobName: body.exportBlobName,
    excludeKeys: body.excludeKeys,
  };
}

export const importSchema = z.object({
  ...authentication,
  inputBlobContainerUri: text,
  inputBlobName: orStandard(devicesBlob),
  outputBlobContainerUri: text,
  authenticationType: anyCase(['keyBased', 'identityBased']),
});

/** @throws as `parseJobWork` */
export function parseImportWork(body: z.output<typeof importSchema>): JobWork {
  checkServed(body, body.authenticationType);
  return {
    kind: 'import',
    inputContainerUri: required('inputBlobContainerUri', body.inputBlobContainerUri),
    inputBlobName: body.inputBlobName,
    outputContainerUri: required('outputBlobContainerUri', body.outputBlobContainerUri),
  };
}

/** The end and the reason of a failure are there when there are any: a null in its place means the same. */
export function formatJob(job: IdentityJob): object {
  const { work, startTime, endTime, failureReason } = job;
  const isImport = work.kind === 'import';
  return {
    jobId: job.jobId,
    ...(startTime !== undefined && { startTimeUtc: formatIsoTime(startTime) }),
    ...(endTime !== undefined && { endTimeUtc: formatIsoTime(endTime) }),
    type: work.kind,
    status: job.status,
    progress: job.progress,
    inputBlobContainerUri: isImport ? work.inputContainerUri : null,
    inputBlobName: isImport ? work.inputBlobName : null,
    outputBlobContainerUri: work.outputContainerUri,
    outputBlobName: isImport ? null : work.outputBlobName,
    excludeKeysInExport: !isImport && work.excludeKeys,
    storageAuthenticationType: 'keyBased',
    ...(failureReason !== undefined && { failureReason }),
    includeConfigurations: false,
    configurationsBlobName: configurationsBlob,
  };
}

/** ARM's dates are those of HTTP. */
export function formatHubJob(job: IdentityJob): object {
  const { startTime, endTime, failureReason } = job;
  return {
    jobId: job.jobId,
    ...(startTime !== undefined && { startTimeUtc: startTime.toUTCString() }),
    ...(endTime !== undefined && { endTimeUtc: endTime.toUTCString() }),
    type: job.work.kind,
    status: job.status,
    ...(failureReason !== undefined && { failureReason }),
    statusMessage: failureReason ?? null,
    parentJobId: null,
  };
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') {
    throw new HubError(
      'ArgumentNull',
      `${name}: must be the https URI of a container with a shared access signature.`,
    );
  }
  return value;
}

function checkServed(
  { identity, includeConfigurations }: z.output<z.ZodObject<typeof authentication>>,
  authenticationType: 'keyBased' | 'identityBased' | undefined,
): void {
  if (authenticationType === 'identityBased' || (identity !== undefined && identity !== null)) {
    throw new HubError(
      'ManagedIdentityNotEnabled',
      'The hub has no managed identity: give the containers with a signature each.',
    );
  }
  if (includeConfigurations === true) {
    throw new HubError('FeatureNotSupported', 'Configurations: not served by this hub yet.');
  }
}
