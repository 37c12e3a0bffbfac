import { expect, test } from '@jest/globals';
import type { IdentityJob } from '../domain/identity-jobs.js';
import {
  exportSchema,
  formatHubJob,
  formatJob,
  importSchema,
  jobSchema,
  parseImportWork,
  parseJobWork,
} from './job-json.js';

const uri = 'https://store.example/box';

const failed: IdentityJob = {
  jobId: 'j1',
  status: 'failed',
  progress: 40,
  startTime: new Date('2026-02-01T10:00:00Z'),
  endTime: new Date('2026-02-01T10:00:09Z'),
  failureReason: 'The blob store answered 403 AuthorizationFailure.',
  work: {
    kind: 'import',
    inputContainerUri: uri,
    inputBlobName: 'in.txt',
    outputContainerUri: uri,
  },
};

test('a job that failed says when and why', () => {
  expect(formatJob(failed)).toMatchObject({
    endTimeUtc: '2026-02-01T10:00:09.0000000Z',
    failureReason: 'The blob store answered 403 AuthorizationFailure.',
    inputBlobContainerUri: uri,
    inputBlobName: 'in.txt',
    outputBlobName: null,
  });
  expect(formatHubJob(failed)).toMatchObject({
    endTimeUtc: 'Sun, 01 Feb 2026 10:00:09 GMT',
    statusMessage: 'The blob store answered 403 AuthorizationFailure.',
  });
});

test('one that runs has neither member', () => {
  const running = { ...failed, status: 'running', endTime: undefined, failureReason: undefined };

  for (const json of [formatJob(running as IdentityJob), formatHubJob(running as IdentityJob)]) {
    expect(json).not.toHaveProperty('endTimeUtc');
    expect(json).not.toHaveProperty('failureReason');
  }
});

test('the type is read in any letter case', () => {
  const body = { type: 'IMPORT', inputBlobContainerUri: uri, outputBlobContainerUri: uri };

  expect(parseJobWork(jobSchema.parse(body))).toEqual({
    kind: 'import',
    inputContainerUri: uri,
    inputBlobName: 'devices.txt',
    outputContainerUri: uri,
  });
});

test('ARM needs both containers of an import', () => {
  expect(() => parseImportWork(importSchema.parse({ inputBlobContainerUri: uri }))).toThrow(
    'outputBlobContainerUri: must be the https URI of a container with a shared access signature.',
  );
});

test.each([undefined, null, 'true'])(
  'ARM exports no keys for want of a word: %j',
  (excludeKeys) => {
    const body = { exportBlobContainerUri: uri, excludeKeys };

    expect(exportSchema.safeParse(body).error?.issues).toMatchObject([
      { path: ['excludeKeys'], message: 'must be true or false' },
    ]);
  },
);
