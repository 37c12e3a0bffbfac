/**
 * Owns every process of a hub: brings a plan up in the order of its needs, as much at once as they
 * allow, keeps `run.json` true, and takes all down in the opposite order.
 */
import { join } from 'node:path';
import type { Reporter } from '../console/reporter.js';
import { identifyProcess } from '../machine/process-identity.js';
import { RunnerError } from '../runner-error.js';
import { LogFile } from './log-file.js';
import {
  isProcessStep,
  type GivenStep,
  type Plan,
  type ProcessStep,
  type Step,
  type TaskStep,
} from './plan.js';
import { removeRunFile, writeRunFile, type RunRecord } from './run-file.js';
import { runTask } from './run-task.js';
import { SupervisedProcess, processLimits, type ProcessLimits } from './supervised-process.js';
import { waitUntilReady } from './wait-until-ready.js';

interface SupervisorOptions {
  readonly plan: Plan;
  readonly runFile: string;
  readonly logsFolder: string;
  readonly reporter: Reporter;
  readonly limits?: ProcessLimits;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #since = new Date();
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #tasks: Promise<void>[] = [];
  readonly #logs: LogFile[] = [];
  readonly #stop = new AbortController();
  #state: RunRecord['state'] = 'starting';
  #stopped: Promise<void> | undefined;
  #isRecordStale = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves once every step is ready; at the first failure it rejects, and `stop` is due. */
  async start(): Promise<void> {
    const ready = new Map<string, Promise<void>>();
    for (const step of this.#options.plan) {
      const needs = step.needs.map(
        (name) => ready.get(name) ?? Promise.reject(unknownNeed(step, name)),
      );
      ready.set(step.name, this.#bringUp(step, needs));
    }
    await Promise.all(ready.values());
    this.#state = 'running';
    this.#writeRecord();
  }

  /** Resolves once nothing is left; calling it again waits for the same. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    await this.#stopped;
  }

  get record(): RunRecord {
    return {
      state: this.#state,
      supervisor: ownIdentity(),
      since: this.#since.toISOString(),
      processes: [...this.#processes.values()].map(({ record }) => record),
    };
  }

  async #bringUp(step: Step, needs: readonly Promise<void>[]): Promise<void> {
    await Promise.all(needs);
    this.#stop.signal.throwIfAborted();
    const { reporter } = this.#options;
    reporter.say(`waiting for ${step.label} …`);
    switch (step.kind) {
      case 'given':
        await waitForGiven(step, this.#stop.signal);
        break;
      case 'task':
        await this.#runTask(step);
        break;
      case 'engine':
      case 'service':
        await this.#startProcess(step);
        break;
    }
  }

  async #runTask(step: TaskStep): Promise<void> {
    const task = runTask(step, this.#openLog(step.name), this.#stop.signal);
    this.#tasks.push(task);
    await task;
  }

  async #startProcess(step: ProcessStep): Promise<void> {
    const process = new SupervisedProcess({
      step,
      log: this.#openLog(step.name, step.kind === 'service'),
      onChange: () => {
        this.#writeRecord();
      },
      say: (text) => {
        this.#options.reporter.say(text);
      },
      limits: this.#options.limits ?? processLimits,
    });
    this.#processes.set(step.name, process);
    await process.start();
  }

  #openLog(name: string, isShown = false): LogFile {
    const { logsFolder, reporter } = this.#options;
    const log = new LogFile({
      path: join(logsFolder, `${name}.log`),
      onLine: (line) => {
        if (isShown) {
          reporter.log(name, line);
        }
      },
      onWriteError: (error) => {
        reporter.say(`the log of ${name} cannot be written (${error.message})`);
      },
    });
    this.#logs.push(log);
    return log;
  }

  async #stopAll(): Promise<void> {
    const { plan, runFile, reporter } = this.#options;
    this.#state = 'stopping';
    this.#stop.abort(new Error('the hub is told to stop'));
    this.#writeRecord();
    await Promise.allSettled(this.#tasks);
    const gone = new Map<string, Promise<void>>();
    for (const step of plan.filter(isProcessStep).reverse()) {
      const dependents = plan.filter((other) => restsOn(plan, other, step.name));
      const before = dependents.flatMap(({ name }) => gone.get(name) ?? []);
      gone.set(step.name, this.#stopOne(step, before));
    }
    await Promise.all(gone.values());
    for (const log of this.#logs) {
      log.close();
    }
    removeRunFile(runFile);
    reporter.say('stopped');
  }

  async #stopOne(step: ProcessStep, dependents: readonly Promise<void>[]): Promise<void> {
    await Promise.all(dependents);
    const process = this.#processes.get(step.name);
    if (process?.record.identity !== undefined) {
      this.#options.reporter.say(`stopping ${step.name} …`);
    }
    await process?.stop();
  }

  /** A full disk must not end what runs: the record is then late, and the console says so. */
  #writeRecord(): void {
    try {
      writeRunFile(this.#options.runFile, this.record);
      this.#isRecordStale = false;
    } catch (error) {
      if (!this.#isRecordStale) {
        this.#isRecordStale = true;
        this.#options.reporter.say(`"npm run status" shows old news: ${String(error)}`);
      }
    }
  }
}

/** The first record, with which a supervisor takes the run file before it starts anything. */
export function initialRecord(now: Date): RunRecord {
  return {
    state: 'starting',
    supervisor: ownIdentity(),
    since: now.toISOString(),
    processes: [],
  };
}

function ownIdentity(): RunRecord['supervisor'] {
  const identity = identifyProcess(process.pid);
  if (identity === undefined) {
    throw new RunnerError('This system has no /proc.', 'The runner works on Linux.');
  }
  return identity;
}

async function waitForGiven(step: GivenStep, signal: AbortSignal): Promise<void> {
  const limits = { intervalMs: 200, timeoutMs: 30_000, questionTimeoutMs: 2_000 };
  const reason = await waitUntilReady(step.isReady, signal, limits);
  if (reason !== undefined) {
    throw new RunnerError(`There is no reaching ${step.label}: ${reason}.`, step.remedy);
  }
}

/** Through others too: a service rests on the engine that its task needed. */
function restsOn(plan: Plan, step: Step, name: string): boolean {
  const below = isProcessStep(step) ? [...step.needs, ...step.uses] : step.needs;
  return below.some((need) => {
    const needed = plan.find((candidate) => candidate.name === need);
    return need === name || (needed !== undefined && restsOn(plan, needed, name));
  });
}

function unknownNeed(step: Step, name: string): Error {
  return new Error(`${step.name} needs ${name}, which does not stand before it in the plan`);
}
