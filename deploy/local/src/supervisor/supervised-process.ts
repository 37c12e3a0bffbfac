/**
 * One process of the hub from its first start to its end: waits until it is ready, watches its
 * health, starts it again with back-off when it ends unasked, and stops it within its deadline. A
 * process that is not ready but lives is left alone: it may heal, and killing it would lose work.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { RunnerError } from '../runner-error.js';
import { identifyProcess, type ProcessIdentity } from '../machine/process-identity.js';
import { BackOff, restartLimits, type BackOffLimits } from './back-off.js';
import { describeExit, findRemedy, quoteLastLines, type Exit } from './explain-exit.js';
import type { LogFile } from './log-file.js';
import type { ProcessStep } from './plan.js';
import type { ProcessRecord } from './run-file.js';
import { spawnChild, type Child } from './spawn-child.js';
import { ask, startLimits, waitUntilReady, type WaitLimits } from './wait-until-ready.js';

interface SupervisedProcessOptions {
  readonly step: ProcessStep;
  readonly log: LogFile;
  /** Its record changed. */
  readonly onChange: () => void;
  /** Something the person should know. */
  readonly say: (text: string) => void;
  readonly limits?: ProcessLimits;
}

export interface ProcessLimits {
  readonly restart: BackOffLimits;
  readonly start: WaitLimits;
  /** Between two questions to a process that is ready, and to one that is not. */
  readonly healthIntervalMs: number;
  readonly unreadyIntervalMs: number;
}

export const processLimits: ProcessLimits = {
  restart: restartLimits,
  start: startLimits,
  healthIntervalMs: 2_000,
  unreadyIntervalMs: 200,
};

export class SupervisedProcess {
  readonly #options: SupervisedProcessOptions;
  readonly #limits: ProcessLimits;
  readonly #backOff: BackOff;
  readonly #stop = new AbortController();
  #child: Child | undefined;
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #identity: ProcessIdentity | undefined;
  #startedAt = new Date();
  #healthy = false;
  #restarts = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SupervisedProcessOptions) {
    this.#options = options;
    this.#limits = options.limits ?? processLimits;
    this.#backOff = new BackOff(this.#limits.restart);
  }

  get record(): ProcessRecord {
    const { name, kind, port, probePort, stopSignal } = this.#options.step;
    return {
      name,
      kind,
      identity: this.#identity,
      port,
      probePort,
      healthy: this.#healthy,
      since: this.#startedAt.toISOString(),
      restarts: this.#restarts,
      stopSignal,
    };
  }

  /** Resolves once it is ready. It is a failure to end before that, or not to get there in time. */
  async start(): Promise<void> {
    const { step } = this.#options;
    this.#spawn();
    const ended = new AbortController();
    const exit = this.#exit.then((result) => {
      ended.abort();
      return result;
    });
    const signal = AbortSignal.any([this.#stop.signal, ended.signal]);
    const whyNot = await waitUntilReady(step.isReady, signal, this.#limits.start).catch(String);
    this.#stop.signal.throwIfAborted();
    if (whyNot !== undefined) {
      const seconds = this.#limits.start.timeoutMs / 1000;
      throw this.#failure(
        ended.signal.aborted
          ? `${describeExit(await exit)} before it was ready`
          : `was not ready after ${seconds} s: ${whyNot}`,
      );
    }
    this.#setHealth(undefined);
    void this.#exit.then((result) => {
      this.#restartLater(result);
    });
    this.#watchHealth();
  }

  /** Resolves once it is gone: asked first, killed when its time is up. */
  async stop(): Promise<void> {
    const { step, say } = this.#options;
    this.#stop.abort(new Error(`${step.name} was told to stop`));
    clearTimeout(this.#timer);
    if (this.#child === undefined) {
      return;
    }
    this.#child.kill(step.stopSignal);
    const deadline = setTimeout(() => {
      say(`${step.name} did not stop within ${step.stopTimeoutMs / 1000} s and is killed`);
      this.#child?.kill('SIGKILL');
    }, step.stopTimeoutMs);
    await this.#exit;
    clearTimeout(deadline);
  }

  #spawn(): void {
    const { step, log, onChange } = this.#options;
    const child = spawnChild(step.launch, step.stopSignal);
    child.stdout.on('data', (chunk: Buffer) => {
      log.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      log.write(chunk);
    });
    this.#child = child;
    this.#startedAt = new Date();
    this.#identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    this.#exit = exitOf(child, log).then((exit) => {
      this.#child = undefined;
      this.#identity = undefined;
      this.#healthy = false;
      onChange();
      return exit;
    });
    onChange();
  }

  #restartLater(exit: Exit): void {
    if (this.#stop.signal.aborted) {
      return;
    }
    const { step, log, say } = this.#options;
    const delayMs = this.#backOff.nextDelayMs(Date.now() - this.#startedAt.getTime());
    const advice = findRemedy(log.lastLines);
    say(
      `${step.name} ${describeExit(exit)} and is started again in ${delayMs / 1000} s` +
        `${advice === undefined ? '' : `. ${advice}`} (its log: ${log.path})`,
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.#spawn();
      void this.#exit.then((result) => {
        this.#restartLater(result);
      });
      this.#watchHealth();
    }, delayMs);
  }

  /** Asks often while it is not ready, and now and then while it is. */
  #watchHealth(): void {
    const { unreadyIntervalMs, healthIntervalMs } = this.#limits;
    const waitMs = this.#healthy ? healthIntervalMs : unreadyIntervalMs;
    this.#timer = setTimeout(() => {
      void this.#askHealth();
    }, waitMs);
  }

  async #askHealth(): Promise<void> {
    const { step } = this.#options;
    const asked = this.#child;
    const whyNot = await ask(step.isReady, this.#stop.signal, this.#limits.start.questionTimeoutMs);
    // The answer is about a process that has ended meanwhile: its successor has its own watch.
    if (asked === undefined || asked !== this.#child || this.#stop.signal.aborted) {
      return;
    }
    this.#setHealth(whyNot);
    this.#watchHealth();
  }

  /** `whyNot`: the reason why it is not ready, nothing when it is. */
  #setHealth(whyNot: string | undefined): void {
    const healthy = whyNot === undefined;
    if (this.#healthy === healthy) {
      return;
    }
    const { step, say, onChange } = this.#options;
    const seconds = ((Date.now() - this.#startedAt.getTime()) / 1000).toFixed(1);
    this.#healthy = healthy;
    say(
      healthy
        ? `${step.name} is ready (up for ${seconds} s)`
        : `${step.name} is not ready: ${whyNot}`,
    );
    onChange();
  }

  #failure(what: string): RunnerError {
    const { step, log } = this.#options;
    const lines = quoteLastLines(log.lastLines);
    return new RunnerError(
      `${step.label} ${what}.${lines === '' ? '' : ` Its last words:\n${lines}\n`}`,
      findRemedy(log.lastLines) ?? `See ${log.path}.`,
    );
  }
}

/** A process may leave children that hold its output open: PostgreSQL's, for a moment. */
const outputPatienceMs = 5_000;

/** A program that cannot be started at all counts as one that ended, with the reason in its log. */
async function exitOf(child: Child, log: LogFile): Promise<Exit> {
  const closed = new AbortController();
  child.once('close', () => {
    closed.abort();
  });
  try {
    const [code, signal] = (await once(child, 'exit')) as [Exit['code'], Exit['signal']];
    await delay(outputPatienceMs, undefined, { signal: closed.signal }).catch(() => undefined);
    return { code, signal };
  } catch (error) {
    log.write(Buffer.from(`${String(error)}\n`));
    return { code: 127, signal: null };
  }
}
