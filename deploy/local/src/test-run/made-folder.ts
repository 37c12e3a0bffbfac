/** Folders that tests need and that take long to make: kept from one run to the next. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from '../machine/run-command.js';
import { RunnerError } from '../runner-error.js';

export interface MadeFolder {
  /** Where it is kept, under its name and what it is made from. */
  readonly enginesDir: string;
  readonly name: string;
  /** Files; when one of them changes the folder is made anew. */
  readonly madeFrom: readonly string[];
}

export function locateFolder({ enginesDir, name, madeFrom }: MadeFolder): string {
  const hash = createHash('sha256');
  for (const file of madeFrom) {
    hash.update(readFileSync(file));
  }
  return join(enginesDir, `${name}-${hash.digest('hex').slice(0, 12)}`);
}

export function isMade(folder: string): boolean {
  return existsSync(join(folder, stampName));
}

/** @param what the folder has, for a person */
export async function makeFolder(
  folder: string,
  what: string,
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const command of commands) {
    const { code, output } = await runCommand(command, { env });
    if (code !== 0) {
      throw new RunnerError(
        `${what} for the tests could not be installed:\n${lastLines(output, 8)}\n`,
        `See what it says by running: ${command.join(' ')}`,
      );
    }
  }
  writeFileSync(join(folder, stampName), '');
}

const stampName = 'complete';
