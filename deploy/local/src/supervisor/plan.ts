/**
 * What a hub consists of, as data: steps that name what they need. The supervisor brings up a step
 * once all that it needs is ready, and takes it down once nothing that needs or uses it is left.
 */
export type Plan = readonly Step[];
export type Step = ProcessStep | TaskStep | GivenStep;

interface StepBase {
  readonly name: string;
  /** How the console calls it: `PostgreSQL on 127.0.0.1:15432`. */
  readonly label: string;
  /** Names of the steps that must be ready before this one begins. */
  readonly needs: readonly string[];
}

/** Runs until it is told to stop, and is started again when it ends before that. */
export interface ProcessStep extends StepBase {
  readonly kind: 'engine' | 'service';
  readonly launch: Launch;
  /** Names of processes that must outlive this one, though it may start before they are ready. */
  readonly uses: readonly string[];
  /** The port that its clients use. */
  readonly port: number;
  /** Where a service answers /healthz and /metrics. */
  readonly probePort?: number;
  readonly isReady: Probe;
  readonly stopSignal: NodeJS.Signals;
  /** After this it is killed. */
  readonly stopTimeoutMs: number;
}

/** Runs once to its end before those that need it begin. */
export interface TaskStep extends StepBase {
  readonly kind: 'task';
  readonly launch: Launch;
}

/** Something that somebody else runs: only waited for. */
export interface GivenStep extends StepBase {
  readonly kind: 'given';
  readonly isReady: Probe;
  /** What to do when it does not answer. */
  readonly remedy: string;
}

export interface Launch {
  readonly command: readonly string[];
  /** Stands before the command and gives up privileges; empty when it runs as we do. */
  readonly prefix?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Resolves when the thing does its work now, and rejects with the reason when it does not. */
export type Probe = (signal: AbortSignal) => Promise<void>;

export function isProcessStep(step: Step): step is ProcessStep {
  return step.kind === 'engine' || step.kind === 'service';
}
