/** Programs that tests call beside the hub: kcat, and Python with the unmodified SDK. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from '../console/reporter.js';
import { installPackages, type PackageName } from '../machine/packages.js';
import { findProgram } from '../machine/programs.js';
import { lastLines, runCommand } from '../machine/run-command.js';
import { RunnerError } from '../runner-error.js';

interface ToolSettings {
  readonly repositoryDir: string;
  /** Where what is fetched is kept from one run to the next. */
  readonly enginesDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** @returns the variables that tell the tests where the programs are */
export async function ensureTools(
  settings: ToolSettings,
  reporter: Reporter,
): Promise<Readonly<Record<string, string>>> {
  const { environment } = settings;
  const missing: PackageName[] = [];
  if (findProgram('kcat', environment) === undefined) {
    missing.push('kcat');
  }
  if (findProgram('python3', environment) === undefined || !(await hasVenv(environment))) {
    missing.push('python3-venv');
  }
  await installPackages(missing, environment, reporter);
  return {
    LINCHPIN_TEST_KCAT: findProgram('kcat', environment) ?? 'kcat',
    LINCHPIN_TEST_PYTHON: await ensurePython(settings, reporter),
  };
}

async function hasVenv(env: Readonly<Record<string, string>>): Promise<boolean> {
  const { code } = await runCommand(['python3', '-c', 'import ensurepip, venv'], { env });
  return code === 0;
}

/** A Python of its own for the packages that the tests need, made anew when their list changes. */
async function ensurePython(
  { repositoryDir, enginesDir, environment: env }: ToolSettings,
  reporter: Reporter,
): Promise<string> {
  const requirements = join(repositoryDir, 'test-e2e', 'python', 'requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const folder = join(enginesDir, `python-${digest.slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) {
    return python;
  }
  reporter.say('installing the Python SDK for the tests …');
  rmSync(folder, { recursive: true, force: true });
  for (const command of [
    ['python3', '-m', 'venv', folder],
    [python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements],
    ['touch', join(folder, 'complete')],
  ]) {
    const { code, output } = await runCommand(command, { env });
    if (code !== 0) {
      throw new RunnerError(
        `The Python SDK for the tests could not be installed:\n${lastLines(output, 8)}\n`,
        `See what it says by running: ${command.join(' ')}`,
      );
    }
  }
  return python;
}
