/** How much CPU time an interval took, by who used it. */
import { machineTimes, processTreeUs, type MachineTimes } from './proc.js';

/** Whose time counts; `server` is what is compared. */
type Role =
  | 'server'
  | 'twin'
  | 'cloud-to-device'
  | 'kafka'
  | 'registry'
  | 'redis'
  | 'postgres'
  | 'api'
  | 'load-balancer'
  | 'runner';

/** The processes of each role; a process's children count as itself. */
export type Processes = Readonly<Partial<Record<Role, readonly number[]>>>;

export interface CpuUse {
  readonly elapsedMs: number;
  readonly byRole: Readonly<Partial<Record<Role, number>>>;
  /** This process: the load generator. */
  readonly generatorUs: number;
  /** Everything else on the machine. */
  readonly othersUs: number;
}

export class CpuMeter {
  readonly #startedMs = performance.now();
  readonly #machine: MachineTimes = machineTimes();
  readonly #generatorUs = ownUs();
  readonly #byRole: ReadonlyMap<Role, number>;

  constructor(private readonly processes: Processes) {
    this.#byRole = timesOf(processes);
  }

  /** What was used since the meter was made. @throws when a process is gone */
  read(): CpuUse {
    const elapsedMs = performance.now() - this.#startedMs;
    const byRole = [...timesOf(this.processes)].map(
      ([role, us]) => [role, us - (this.#byRole.get(role) ?? 0)] as const,
    );
    const generatorUs = ownUs() - this.#generatorUs;
    const busyUs = machineTimes().busyUs - this.#machine.busyUs;
    const knownUs = byRole.reduce((sum, [, us]) => sum + us, generatorUs);
    return {
      elapsedMs,
      byRole: Object.fromEntries(byRole),
      generatorUs,
      othersUs: Math.max(0, busyUs - knownUs),
    };
  }
}

function timesOf(processes: Processes): ReadonlyMap<Role, number> {
  return new Map(
    (Object.entries(processes) as [Role, readonly number[]][]).map(([role, pids]) => [
      role,
      pids.reduce((sum, pid) => sum + processTreeUs(pid), 0),
    ]),
  );
}

function ownUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
