/**
 * Kafka's jars: fetched by Maven as kafka/pom.xml of this package pins them, into a folder named
 * after the version that all state folders share. The folder appears whole or not at all.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter } from '../console/reporter.js';
import { lastLines, runCommand } from '../machine/run-command.js';
import { RunnerError } from '../runner-error.js';
import { findRemedy } from '../supervisor/explain-exit.js';
import { javaEnvironment } from './kafka.js';

interface KafkaJars {
  readonly version: string;
  readonly folder: string;
  /** False when Maven is needed to get them. */
  readonly arePresent: boolean;
}

const kafkaProjectFile = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url));

/** Looks at the folder only; `kafkaProject` is the text of pom.xml. */
export function locateKafkaJars(
  enginesDir: string,
  kafkaProject = readFileSync(kafkaProjectFile, 'utf8'),
): KafkaJars {
  const version = /<kafka\.version>([^<]+)<\/kafka\.version>/.exec(kafkaProject)?.[1];
  if (version === undefined) {
    throw new Error(`${kafkaProjectFile} names no kafka.version`);
  }
  const folder = join(enginesDir, `kafka-${version}`);
  const stamp = join(folder, stampName);
  const arePresent = existsSync(stamp) && readFileSync(stamp, 'utf8') === formatStamp(kafkaProject);
  return { version, folder, arePresent };
}

export async function fetchKafkaJars(
  jars: KafkaJars,
  maven: string,
  environment: Readonly<Record<string, string>>,
  reporter: Reporter,
): Promise<void> {
  reporter.say(`fetching Kafka ${jars.version} with Maven (45 MB) …`);
  const draft = `${jars.folder}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true });
  try {
    const { code, output } = await runCommand(
      [
        maven,
        '-q',
        '-B',
        '-f',
        kafkaProjectFile,
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${draft}`,
      ],
      { env: javaEnvironment(environment) },
    );
    if (code !== 0) {
      throw new RunnerError(
        `Maven could not fetch Kafka ${jars.version}:\n${quoteMaven(output)}\n`,
        findRemedy([output]) ?? 'Check that Maven Central can be reached, and start again.',
      );
    }
    writeFileSync(join(draft, stampName), formatStamp(readFileSync(kafkaProjectFile, 'utf8')));
    rmSync(jars.folder, { recursive: true, force: true });
    renameSync(draft, jars.folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Maven says first what went wrong, and then where to read about Maven. */
export function quoteMaven(output: string): string {
  return /\[ERROR\] \S.{0,500}/.exec(output)?.[0] ?? lastLines(output, 6);
}

const stampName = 'fetched-from';

function formatStamp(kafkaProject: string): string {
  return `${createHash('sha256').update(kafkaProject).digest('hex')}\n`;
}
