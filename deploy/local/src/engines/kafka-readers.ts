/**
 * The classes by which the broker takes `$ConnectionString` (deploy/kafka): compiled against its jars into a folder named
 * after their sources, which appears whole or not at all. The compiler is that of the Java which runs the broker.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter } from '../console/reporter.js';
import { lastLines, runCommand } from '../machine/run-command.js';
import { RunnerError } from '../runner-error.js';
import { javaEnvironment } from './kafka.js';

interface CompilerSettings {
  readonly java: string;
  readonly jarsFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly reporter: Reporter;
}

const sourcesFolder = fileURLToPath(new URL('../../../kafka/src/linchpin/kafka/', import.meta.url));

/** @returns the folder of the classes, for the broker's class path */
export async function ensureKafkaReaders(settings: CompilerSettings): Promise<string> {
  const { jarsFolder, reporter } = settings;
  const sources = readdirSync(sourcesFolder)
    .filter((name) => name.endsWith('.java'))
    .map((name) => join(sourcesFolder, name));
  const folder = `${jarsFolder}-readers-${digestOf(sources)}`;
  if (existsSync(folder)) {
    return folder;
  }
  reporter.say('compiling what Kafka needs for $ConnectionString …');
  const draft = `${folder}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true });
  try {
    await compile(settings, sources, draft);
    putInPlace(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Two starts may compile at once; what the other one made is the same. */
function putInPlace(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

async function compile(
  { java, jarsFolder, environment }: CompilerSettings,
  sources: readonly string[],
  folder: string,
): Promise<void> {
  const jars = readdirSync(jarsFolder)
    .filter((name) => name.endsWith('.jar'))
    .map((name) => join(jarsFolder, name));
  const { code, output } = await runCommand(
    [
      java,
      // Debian's runtime has the compiler, though not the program `javac`.
      ...['-m', 'jdk.compiler/com.sun.tools.javac.Main'],
      ...[
        '--release',
        '17',
        '-Xlint:all,-classfile',
        '-Werror',
        '-proc:none',
        '-encoding',
        'UTF-8',
      ],
      ...['-cp', jars.join(':'), '-d', folder],
      ...sources,
    ],
    { env: javaEnvironment(environment) },
  );
  if (code !== 0) {
    throw new RunnerError(
      `Java could not compile ${sourcesFolder}:\n${lastLines(output, 8)}\n`,
      `Where ${java} has no module jdk.compiler, set JAVA_HOME to a JDK from 17 on.`,
    );
  }
}

function digestOf(files: readonly string[]): string {
  const digest = createHash('sha256');
  for (const file of files) {
    digest
      .update(`${basename(file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return digest.digest('hex').slice(0, 12);
}
