/** Kafka as the hub runs it: one broker in KRaft mode, from Maven's artifacts. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter } from '../console/reporter.js';
import { lastLines, runCommand } from '../machine/run-command.js';
import { replaceFile } from '../replace-file.js';
import { RunnerError } from '../runner-error.js';
import { findRemedy } from '../supervisor/explain-exit.js';
import type { ProcessStep } from '../supervisor/plan.js';
import { formatKafkaConfig, type ReadersListener } from './kafka-config.js';
import { kafkaProbe } from './kafka-probe.js';

interface KafkaOptions {
  readonly folder: string;
  readonly jarsFolder: string;
  /** The classes for `readers`. */
  readonly readersFolder: string;
  readonly java: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly readers: ReadersListener | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly reporter: Reporter;
}

/**
 * The client compiler alone with the serial collector, against the standard flags, one run each on
 * two cores that had other work too: ready in 2.3 s instead of 3.4 s for about half the CPU time,
 * and no dearer afterwards (10 s of saturation: 3.0 CPU-µs a record of 200 bytes, and 3.6).
 */
const javaFlags = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  // No file per process below /tmp.
  '-XX:-UsePerfData',
];

/** A broker that leaves in order closes its segments, so that the next start need not check them. */
const stopTimeoutMs = 30_000;

const logConfigFile = fileURLToPath(new URL('../../kafka/log4j2.properties', import.meta.url));

export async function prepareKafka(options: KafkaOptions): Promise<ProcessStep> {
  const { folder, port, controllerPort, readers } = options;
  const dataFolder = join(folder, 'data');
  const configFile = join(folder, 'server.properties');
  const config = { dataFolder, port, controllerPort, ...(readers && { readers }) };
  replaceFile(configFile, formatKafkaConfig(config), 0o644);
  if (!existsSync(join(dataFolder, 'meta.properties'))) {
    await formatStorage(options, dataFolder, configFile);
  }
  return {
    kind: 'engine',
    name: 'kafka',
    label: `Kafka on 127.0.0.1:${port}`,
    needs: [],
    uses: [],
    launch: {
      command: javaCommand(options, 'kafka.Kafka', [configFile]),
      env: javaEnvironment(options.environment),
      cwd: folder,
    },
    port,
    isReady: kafkaProbe({ host: '127.0.0.1', port }),
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  };
}

async function formatStorage(
  options: KafkaOptions,
  dataFolder: string,
  configFile: string,
): Promise<void> {
  options.reporter.say('formatting a storage folder for Kafka …');
  mkdirSync(dataFolder, { recursive: true });
  const clusterId = randomBytes(16).toString('base64url');
  const { code, output } = await runCommand(
    javaCommand(options, 'kafka.tools.StorageTool', [
      'format',
      `--cluster-id=${clusterId}`,
      `--config=${configFile}`,
    ]),
    { env: javaEnvironment(options.environment), cwd: options.folder },
  );
  if (code !== 0) {
    throw new RunnerError(
      `Kafka could not format ${dataFolder}:\n${lastLines(output, 5)}\n`,
      findRemedy([output]) ?? 'Put right what it says and start again.',
    );
  }
}

/** Java finds no file with a letter beyond ASCII in its path under the locale `C`. */
export function javaEnvironment(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...environment, LC_ALL: 'C.UTF-8' };
}

function javaCommand(
  options: KafkaOptions,
  mainClass: string,
  args: readonly string[],
): readonly string[] {
  return [
    options.java,
    ...javaFlags,
    `-Dlog4j2.configurationFile=${logConfigFile}`,
    '-cp',
    [join(options.jarsFolder, '*'), options.readersFolder].join(':'),
    mainClass,
    ...args,
  ];
}
