/** All programs that a hub needs on this machine: found, or installed first. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter } from '../console/reporter.js';
import type { LocalConfig } from '../config.js';
import { fetchKafkaJars, locateKafkaJars } from '../engines/kafka-jars.js';
import { ensureKafkaReaders } from '../engines/kafka-readers.js';
import { RunnerError } from '../runner-error.js';
import { installPackages, type PackageName } from './packages.js';
import { findJava, findPostgres, findProgram, type PostgresPrograms } from './programs.js';

/** What each engine is run with; nothing for an engine that is not started here. */
export interface EnginePrograms {
  readonly postgres: readonly PostgresPrograms[] | undefined;
  readonly redis: string | undefined;
  readonly kafka: KafkaPrograms | undefined;
  readonly haproxy: string | undefined;
}

interface KafkaPrograms {
  readonly java: string;
  readonly jarsFolder: string;
  readonly readersFolder: string;
}

export async function ensurePrograms(
  config: LocalConfig,
  needsLoadBalancer: boolean,
  reporter: Reporter,
): Promise<EnginePrograms> {
  const { environment, given } = config;
  await installPackages(missingPackages(config, needsLoadBalancer), environment, reporter);
  return {
    postgres: given.postgresUrl === undefined ? findPostgres() : undefined,
    redis: given.redisUrl === undefined ? program('redis-server', config) : undefined,
    kafka: given.kafkaBrokers === undefined ? await kafkaPrograms(config, reporter) : undefined,
    haproxy: needsLoadBalancer ? program('haproxy', config) : undefined,
  };
}

function missingPackages(config: LocalConfig, needsLoadBalancer: boolean): readonly PackageName[] {
  const { environment, given } = config;
  const missing: PackageName[] = [];
  if (given.postgresUrl === undefined && findPostgres().length === 0) {
    missing.push('postgresql');
  }
  if (given.redisUrl === undefined && findProgram('redis-server', environment) === undefined) {
    missing.push('redis-server');
  }
  if (given.kafkaBrokers === undefined && findJava(environment) === undefined) {
    missing.push('java-runtime');
  }
  if (given.kafkaBrokers === undefined && needsMaven(config)) {
    missing.push('maven');
  }
  if (needsLoadBalancer && findProgram('haproxy', environment) === undefined) {
    missing.push('haproxy');
  }
  return missing;
}

function needsMaven({ enginesDir, environment }: LocalConfig): boolean {
  return !locateKafkaJars(enginesDir).arePresent && findProgram('mvn', environment) === undefined;
}

async function kafkaPrograms(config: LocalConfig, reporter: Reporter): Promise<KafkaPrograms> {
  const { environment } = config;
  const java = findJava(environment);
  if (java === undefined) {
    throw new RunnerError(
      'Kafka needs Java 17 or later, and this machine still has none.',
      'Install a Java runtime, or set JAVA_HOME to one.',
    );
  }
  const jars = locateKafkaJars(config.enginesDir);
  if (!jars.arePresent) {
    // Maven takes JAVA_HOME at its word, and may see no other Java than the one found here.
    const javaHome = dirname(dirname(realpathSync(java)));
    const forMaven = { ...environment, JAVA_HOME: javaHome };
    await fetchKafkaJars(jars, program('mvn', config), forMaven, reporter);
  }
  const jarsFolder = jars.folder;
  const readersFolder = await ensureKafkaReaders({ java, jarsFolder, environment, reporter });
  return { java, jarsFolder, readersFolder };
}

function program(name: string, { environment }: LocalConfig): string {
  const path = findProgram(name, environment);
  if (path === undefined) {
    throw new RunnerError(
      `This machine has no "${name}", though its package is installed.`,
      'See why it is not on the PATH.',
    );
  }
  return path;
}
