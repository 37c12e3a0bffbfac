/** `npm stop`: ends the hub, or what a runner that was killed has left of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { refuseArguments } from '../arguments.js';
import { readConfig } from '../config.js';
import { ConsoleReporter, type Reporter } from '../console/reporter.js';
import { isAlive, signalProcess } from '../machine/process-identity.js';
import { RunnerError } from '../runner-error.js';
import { statePaths } from '../state-folder.js';
import { endLeftovers } from '../supervisor/leftovers.js';
import { findRunning, readRunFile, type RunRecord } from '../supervisor/run-file.js';

/** On top of the services' drain: Kafka's and PostgreSQL's own ends. */
const graceMs = 90_000;
const lookIntervalMs = 50;

/** @returns the exit code */
export async function run(words: readonly string[]): Promise<number> {
  refuseArguments('npm stop', words);
  const config = readConfig();
  const { runFile } = statePaths(config.stateDir);
  const reporter = new ConsoleReporter(process.stdout, false);
  const record = readRunFile(runFile);
  if (record === undefined) {
    reporter.say('no hub is running');
  } else if (findRunning(runFile) === undefined) {
    await endLeftovers(runFile, record, reporter);
    reporter.say('the hub had ended without a word; nothing of it is left');
  } else {
    await endSupervisor(record, config.shutdownTimeoutMs + graceMs, reporter);
    reporter.say('the hub has stopped');
  }
  return 0;
}

async function endSupervisor(
  { supervisor }: RunRecord,
  patienceMs: number,
  reporter: Reporter,
): Promise<void> {
  reporter.say(`stopping the hub (pid ${supervisor.pid}) …`);
  signalProcess(supervisor, 'SIGTERM');
  const endAt = Date.now() + patienceMs;
  while (isAlive(supervisor)) {
    if (Date.now() > endAt) {
      throw new RunnerError(
        `The hub (pid ${supervisor.pid}) did not stop within ${patienceMs / 1000} s.`,
        `End it with "kill -9 ${supervisor.pid}"; what it ran ends by itself or with the next "npm stop".`,
      );
    }
    await delay(lookIntervalMs);
  }
}
