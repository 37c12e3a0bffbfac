/** The suites of `npm test`, in the order in which they run: the fastest to fail comes first. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

export async function runSuite(suite: SuiteName, settings: SuiteSettings): Promise<Counts[]> {
  switch (suite) {
    case 'static':
      return runChecks(settings);
    case 'unit':
      return [await runJest(settings, ['--selectProjects=unit'])];
    case 'integration':
      return [
        await runJest(settings, [
          '--selectProjects=integration',
          '--testTimeout=60000',
          '--runInBand',
        ]),
      ];
    case 'e2e':
      return runEndToEnd(settings);
  }
}

/** Each counts as one test. */
const checks: readonly (readonly string[])[] = [
  ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  ['libs/contracts/check-generated.js'],
];

async function runChecks(settings: SuiteSettings): Promise<Counts[]> {
  const results: Counts[] = [];
  for (const check of checks) {
    results.push((await runNode(settings, check)) === 0 ? onePassed : oneFailed);
  }
  return results;
}

/** Faults, hostile input and limits of the default hub come last and alone: they hit what all tests use. */
async function runEndToEnd(settings: SuiteSettings): Promise<Counts[]> {
  const alone = 'test-e2e/(faults|hostile|default-hub)/';
  const isAlone = /faults|hostile|default-hub/.test(settings.pattern);
  const project = '--selectProjects=e2e';
  const results: Counts[] = [];
  if (settings.pattern === '' || !isAlone) {
    results.push(
      await runJest(settings, [
        project,
        '--testTimeout=60000',
        '--maxWorkers=2',
        `--testPathIgnorePatterns=${alone}`,
      ]),
    );
  }
  if (settings.pattern === '' || isAlone) {
    const pattern = settings.pattern === '' ? alone : settings.pattern;
    results.push(
      await runJest({ ...settings, pattern }, [project, '--testTimeout=300000', '--runInBand']),
    );
  }
  return results;
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
): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: repositoryDir,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
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
