/**
 * The hub that `npm run bench` measures: new at each run, on an address, ports and a state folder of
 * its own, with its own engines. The benchmark may ask for another number of gateways at any time.
 */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, type LocalConfig } from '../config.js';
import type { Reporter } from '../console/reporter.js';
import { emptyStateFolder } from '../empty-state-folder.js';
import { Hub } from '../hub.js';
import { requireDiskSpace } from '../machine/disk-space.js';

/** Engines that run already are left alone: what else uses them would be measured as well. */
const benchmarkSettings = {
  LINCHPIN_STATE_DIR: join('.linchpin', 'bench'),
  LINCHPIN_LISTEN_ADDRESSES: '127.0.0.3',
  LINCHPIN_PORT_OFFSET: '6000',
  LINCHPIN_POSTGRES_URL: '',
  LINCHPIN_REDIS_URL: '',
  LINCHPIN_KAFKA_BROKERS: '',
  LINCHPIN_FAULT_INJECTION: 'false',
};

/** What Kafka keeps of a whole run, with room to spare. */
const neededMb = 12_000;

export class BenchmarkedHub {
  readonly #config: LocalConfig;
  readonly #reporter: Reporter;
  #hub: Hub | undefined;
  #stopped: Promise<void> | undefined;

  constructor(environment: Readonly<Record<string, string>>, reporter: Reporter) {
    this.#config = readConfig({ ...environment, ...benchmarkSettings });
    this.#reporter = reporter;
  }

  /**
   * Begins anew, with one gateway.
   *
   * @returns what the benchmark reads from its environment
   */
  async start(): Promise<Readonly<Record<string, string>>> {
    const { stateDir, enginesDir, repositoryDir } = this.#config;
    await emptyStateFolder(stateDir, this.#reporter);
    await requireDiskSpace(repositoryDir, neededMb);
    const connection = await this.restart(1);
    return { ...connection, LINCHPIN_STATE_DIR: stateDir, LINCHPIN_ENGINES_DIR: enginesDir };
  }

  /** The same hub, its identities and its messages, behind so many gateways. */
  async restart(gateways: number): Promise<Readonly<Record<string, string>>> {
    await this.#hub?.stop();
    this.#hub = new Hub(
      this.#config,
      { gateways, enginesOnly: false, limits: 'unlimited' },
      this.#reporter,
    );
    return (await this.#hub.start()).connection ?? {};
  }

  /** Ends the hub and gives the disk space back; may be called at any time and again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#hub?.stop();
    const { stateDir } = this.#config;
    await emptyStateFolder(stateDir, this.#reporter);
    // Empty, it would be a stranger in the folder of the hub that `npm start` makes.
    if (existsSync(stateDir) && readdirSync(stateDir).length === 0) {
      rmdirSync(stateDir);
    }
  }
}
