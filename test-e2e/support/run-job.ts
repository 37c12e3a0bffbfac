/** Import and export jobs as back ends run them, and the memory of the processes that do the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';
import { fileUploadResidentBytesMax, registryResidentBytesMax } from './memory-bound.js';
import { printFigures } from './print-figures.js';
import { processState } from './processes.js';
import { mebibytes, residentBytesOf } from './resident-bytes.js';

/** A hub of the tier S1 answers 100 questions about jobs a minute. */
const askedEveryMs = 700;

const watched = ['file-upload', 'registry', 'azurite'] as const;

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly progress: number;
  readonly failureReason?: string;
}

interface JobRun {
  /** What figures are printed under. */
  readonly title: string;
  readonly access: ServiceAccess;
  readonly work: object;
  readonly identities: number;
}

/**
 * Runs a job to its completion in bounded memory, and prints how long it took and what the processes held
 * meanwhile.
 */
export async function runJob({ title, access, work, identities }: JobRun): Promise<void> {
  const held = { 'file-upload': [] as number[], registry: [] as number[], azurite: [] as number[] };
  const begin = performance.now();
  let job = await askHub<Job>(access, 'POST', '/jobs/create', work);
  while (['enqueued', 'running'].includes(job.status)) {
    for (const name of watched) {
      held[name].push(residentBytesOf(processState(name).pid ?? 0));
    }
    await delay(askedEveryMs);
    job = await askHub<Job>(access, 'GET', `/jobs/${job.jobId}`);
  }
  const seconds = (performance.now() - begin) / 1_000;
  printFigures(title, {
    identities,
    took: `${seconds.toFixed(1)} s`,
    'a second': identities / seconds,
    ...Object.fromEntries(watched.map((name) => [`RSS of ${name} over time`, tenOf(held[name])])),
  });
  expect(job).toMatchObject({ status: 'completed', progress: 100 });
  expect(Math.max(...held['file-upload'])).toBeLessThan(fileUploadResidentBytesMax);
  expect(Math.max(...held.registry)).toBeLessThan(registryResidentBytesMax);
}

/** Asks the service REST API, which must answer 200; the token says which hub is meant. */
export async function askHub<Answer>(
  { host, owner }: ServiceAccess,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const token = createSasToken({ audience: host, key: owner.key, policy: owner.name, expiresAt });
  const response = await fetch(`https://${hub.host}${path}?api-version=2021-04-12`, {
    method,
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(/^200 /);
  return JSON.parse(text) as Answer;
}

/** Ten of them and the greatest. */
function tenOf(bytes: readonly number[]): string {
  const step = Math.max(1, Math.ceil(bytes.length / 10));
  const shown = bytes.filter((_, index) => index % step === 0).map(mebibytes);
  return `${shown.join(' ')}, at most ${mebibytes(Math.max(...bytes))}`;
}
