/** The suites of `npm test`, in the order in which they begin. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { countsOf, oneFailed, onePassed, type Counts, type JestReport } from './counts.js';

export const suiteNames = ['static', 'unit', 'integration', 'e2e'] as const;
export type SuiteName = (typeof suiteNames)[number];

interface SuiteSettings {
  readonly repositoryDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A regular expression on the paths of test files; empty for all. */
  readonly pattern: string;
  /** Ends the suite that runs. */
  readonly signal: AbortSignal;
}

/** Whether the suite needs the hub under test, or its engines. */
export function needsHub(suite: SuiteName): boolean {
  return suite === 'integration' || suite === 'e2e';
}

/** Whether the suite needs nothing but a processor, and lets all others go first. */
export function runsBeside(suite: SuiteName): boolean {
  return suite === 'static';
}

/** @returns nothing but zeros when the pattern matches no file */
export async function runSuite(suite: SuiteName, settings: SuiteSettings): Promise<Counts[]> {
  switch (suite) {
    case 'static':
      return runChecks(settings);
    case 'unit':
      // By itself Jest leaves a core free, which is half of the smallest machine.
      return [await runJest(settings, ['--selectProjects=unit', '--maxWorkers=2'])];
    case 'integration':
    case 'e2e':
      return runInTwoParts(settings, partedSuites[suite]);
  }
}

interface PartedSuite {
  readonly project: string;
  /** A regular expression: the paths of files that hit what all tests use, or want the machine for themselves. */
  readonly aloneFiles: string;
  readonly aloneTimeoutMs: number;
}

const partedSuites: Readonly<Record<'integration' | 'e2e', PartedSuite>> = {
  integration: {
    project: 'integration',
    aloneFiles: '/local/test/default-hub|/test/[^/]*(memory|flood|turns)',
    aloneTimeoutMs: 60_000,
  },
  e2e: {
    project: 'e2e',
    aloneFiles: 'e2e/(faults|hostile|default-hub)/',
    aloneTimeoutMs: 300_000,
  },
};

/** Each counts as one test. The lists run side by side. */
const checks: readonly (readonly (readonly string[])[])[] = [
  [['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  [
    ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json'],
    ['libs/contracts/check-generated.js'],
  ],
];

async function runChecks(settings: SuiteSettings): Promise<Counts[]> {
  const results: Counts[] = [];
  const runOneByOne = async (list: readonly (readonly string[])[]): Promise<void> => {
    for (const check of list) {
      const code = await runNode(settings, check, constants.priority.PRIORITY_LOW);
      results.push(code === 0 ? onePassed : oneFailed);
    }
  };
  await Promise.all(checks.map(runOneByOne));
  return results;
}

/** Files that need it come last and alone. */
async function runInTwoParts(
  settings: SuiteSettings,
  { project, aloneFiles, aloneTimeoutMs }: PartedSuite,
): Promise<Counts[]> {
  const { pattern } = settings;
  const together = await runJest(settings, [
    `--selectProjects=${project}`,
    '--testTimeout=60000',
    // While one waits for engines and services, two others work.
    '--maxWorkers=3',
    `--testPathIgnorePatterns=<rootDir>/.*(${aloneFiles})`,
  ]);
  const alone = await runJest({ ...settings, pattern: `(?=.*(${aloneFiles}))(?=.*(${pattern}))` }, [
    `--selectProjects=${project}`,
    `--testTimeout=${aloneTimeoutMs}`,
    '--runInBand',
  ]);
  return [together, alone];
}

async function runJest(settings: SuiteSettings, options: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'linchpin-test-'));
  const reportFile = join(folder, 'report.json');
  try {
    await runNode(settings, [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...options,
      ...(settings.pattern === '' ? [] : [`--testPathPatterns=${settings.pattern}`]),
      '--forceExit',
      '--passWithNoTests',
      '--json',
      `--outputFile=${reportFile}`,
    ]);
    return existsSync(reportFile)
      ? countsOf(JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport)
      : oneFailed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Jest's JSON goes to the file; what people read goes to standard error. */
function runNode(
  { repositoryDir, environment, signal }: SuiteSettings,
  args: readonly string[],
  priority?: number,
): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: repositoryDir,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  if (child.pid !== undefined && priority !== undefined) {
    setPriority(child.pid, priority);
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (signal.aborted) {
        resolve(1);
      } else {
        reject(error);
      }
    });
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
