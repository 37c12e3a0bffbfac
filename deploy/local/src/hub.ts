/**
 * One hub on this machine, from nothing to ready: the folder, the programs, the ports, the secrets
 * and certificates, then the plan of processes, then the default hub.
 */
import { readFileSync } from 'node:fs';
import type { HubOptions } from './arguments.js';
import { isWildcard, type LocalConfig } from './config.js';
import {
  connectionVariables,
  engineVariables,
  writeConnectionFile,
  writeNodeAuthorities,
  writeShellFile,
} from './connection-file.js';
import type { Reporter } from './console/reporter.js';
import { ensureDefaultHub, type DefaultHub } from './default-hub.js';
import { engineAddresses, enginesPlan, type EngineAddresses } from './engines/engines.js';
import { tlsProbe } from './engines/probes.js';
import { claimedPorts, refuseEqualPorts } from './claimed-ports.js';
import { requireDiskSpace, watchDiskSpace } from './machine/disk-space.js';
import { requireFreePorts } from './machine/free-ports.js';
import { ephemeralPorts, portNotes } from './machine/port-notes.js';
import { ensurePrograms } from './machine/requirements.js';
import { RunnerError } from './runner-error.js';
import { ensureSecrets, writeSecret, type Secrets } from './secrets.js';
import { servicesPlan } from './services/services.js';
import { openStateFolder, runnerCommand, type StatePaths } from './state-folder.js';
import { endLeftovers } from './supervisor/leftovers.js';
import type { Step } from './supervisor/plan.js';
import { claimRunFile, readRunFile, removeRunFile, findRunning } from './supervisor/run-file.js';
import { Supervisor, initialRecord } from './supervisor/supervisor.js';
import { startLimits, waitUntilReady } from './supervisor/wait-until-ready.js';
import { ensureCertificates, type CertificateFiles } from './tls/certificate-files.js';

/** What is known of a hub that is ready. */
export interface HubAddresses {
  readonly engines: EngineAddresses;
  /** Undefined without services, and where its name is that of another hub. */
  readonly defaultHub: DefaultHub | undefined;
  /** What `connection.env` says; undefined when the engines alone were started. */
  readonly connection: Readonly<Record<string, string>> | undefined;
}

interface MadeHub {
  readonly engines: EngineAddresses;
  readonly defaultHub: DefaultHub | undefined;
  readonly certificates: CertificateFiles;
}

const balancingLimits = { ...startLimits, timeoutMs: 15_000 };

export class Hub {
  readonly #config: LocalConfig;
  readonly #options: HubOptions;
  readonly #reporter: Reporter;
  #paths: StatePaths | undefined;
  #supervisor: Supervisor | undefined;
  #isStopping = false;
  #settled: Promise<void> = Promise.resolve();
  #unwatch: () => void = () => undefined;

  constructor(config: LocalConfig, options: HubOptions, reporter: Reporter) {
    this.#config = config;
    this.#options = options;
    this.#reporter = reporter;
  }

  /** Resolves once all is ready. When it rejects, nothing is left running. */
  async start(): Promise<HubAddresses> {
    const starting = this.#start();
    this.#settled = starting.then(noResult, noResult);
    try {
      return await starting;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  /** Ends all that was started, in order; may be called at any time and again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#supervisor?.stop();
    await this.#settled;
    await this.#end();
  }

  async #start(): Promise<HubAddresses> {
    const config = this.#config;
    const paths = openStateFolder(config.stateDir);
    await claim(paths, this.#reporter);
    this.#paths = paths;
    await requireDiskSpace(paths.root);
    const programs = await ensurePrograms(config, this.#isBalanced, this.#reporter);
    await this.#requirePorts();
    const secrets = ensureSecrets(paths.secrets);
    const certificates = await this.#ensureCertificates(paths);
    const engines = engineAddresses(config, secrets);
    const { gateways, enginesOnly } = this.#options;
    const reporter = this.#reporter;
    const started = { config, paths, secrets, certificates, programs };
    const setup = { ...started, gateways, enginesOnly, reporter };
    const plan = [
      ...(await enginesPlan(setup)),
      ...this.#services(paths, secrets, engines, certificates),
    ];
    this.#refuseWhenStopping();
    await this.#supervise(paths, plan);
    writeShellFile(paths.enginesFile, engineVariables(engines));
    this.#unwatch = watchDiskSpace(paths.root, this.#reporter);
    if (this.#options.enginesOnly) {
      return { engines, defaultHub: undefined, connection: undefined };
    }
    await this.#awaitLoadBalancer(certificates);
    const defaultHub = await this.#ensureDefaultHub(secrets, certificates);
    const connection = this.#writeConnection(paths, { engines, defaultHub, certificates });
    return { engines, defaultHub, connection };
  }

  async #end(): Promise<void> {
    this.#unwatch();
    await this.#supervisor?.stop();
    if (this.#supervisor === undefined && this.#paths !== undefined) {
      removeRunFile(this.#paths.runFile);
    }
  }

  async #requirePorts(): Promise<void> {
    const claims = claimedPorts(this.#config, this.#options);
    refuseEqualPorts(claims);
    await requireFreePorts(claims);
    for (const note of portNotes(claims, ephemeralPorts())) {
      this.#reporter.say(`note: ${note}`);
    }
  }

  get #isBalanced(): boolean {
    return this.#options.gateways > 1 && !this.#options.enginesOnly;
  }

  async #ensureCertificates(paths: StatePaths): Promise<CertificateFiles> {
    const { certificateNames } = this.#config;
    return ensureCertificates(paths.tls, certificateNames, new Date(), this.#reporter);
  }

  #services(
    paths: StatePaths,
    secrets: Secrets,
    engines: EngineAddresses,
    certificates: CertificateFiles,
  ): readonly Step[] {
    if (this.#options.enginesOnly) {
      return [];
    }
    return servicesPlan({
      config: this.#config,
      gateways: this.#options.gateways,
      certificates,
      postgresUrlFile: writeSecret(paths.secrets, 'postgres-url', engines.postgresUrl),
      redisUrlFile: writeSecret(paths.secrets, 'redis-url', engines.redisUrl),
      masterKeysFile: secrets.masterKeysFile,
      adminTokenFile: secrets.adminTokenFile,
      kafkaBrokers: engines.kafkaBrokers,
    });
  }

  async #supervise(paths: StatePaths, plan: readonly Step[]): Promise<void> {
    this.#supervisor = new Supervisor({
      plan,
      runFile: paths.runFile,
      logsFolder: paths.logs,
      reporter: this.#reporter,
    });
    await this.#supervisor.start();
  }

  #ensureDefaultHub(
    secrets: Secrets,
    certificates: CertificateFiles,
  ): Promise<DefaultHub | undefined> {
    const { listenAddresses, hubHostNames, ports } = this.#config;
    const { limits } = this.#options;
    const [address = '127.0.0.1'] = listenAddresses;
    this.#reporter.say('asking for the default hub …');
    return ensureDefaultHub(
      {
        address: isWildcard(address) ? '127.0.0.1' : address,
        port: ports.https,
        hostName: hubHostNames[0] ?? address,
        authority: readFileSync(certificates.authorityFile, 'utf8'),
        adminToken: secrets.adminToken,
      },
      {
        hostNames: hubHostNames,
        limits,
        say: (text) => {
          this.#reporter.say(`note: ${text}`);
        },
      },
    );
  }

  /** It hears a moment later than we do that a gateway is ready. */
  async #awaitLoadBalancer({ authorityFile }: CertificateFiles): Promise<void> {
    if (!this.#isBalanced) {
      return;
    }
    const { listenAddresses, ports } = this.#config;
    const [address = '127.0.0.1'] = listenAddresses;
    const host = isWildcard(address) ? '127.0.0.1' : address;
    for (const port of [ports.mqtt, ports.amqp, ports.https]) {
      const probe = tlsProbe({ host, port }, readFileSync(authorityFile, 'utf8'));
      const whyNot = await waitUntilReady(probe, new AbortController().signal, balancingLimits);
      if (whyNot !== undefined) {
        throw new RunnerError(
          `HAProxy passes nothing on to the gateways from port ${port}: ${whyNot}.`,
          `See ${this.#config.stateDir}/logs/load-balancer.log.`,
        );
      }
    }
  }

  #writeConnection(paths: StatePaths, made: MadeHub): Readonly<Record<string, string>> {
    const { authorityFile } = made.certificates;
    const connection = connectionVariables({
      hub: made.defaultHub,
      authorityFile,
      nodeAuthorityFile: writeNodeAuthorities(
        authorityFile,
        this.#config.environment['NODE_EXTRA_CA_CERTS'],
      ),
      kafkaBrokers: made.engines.kafkaBrokers,
      kafkaReaders: made.engines.kafkaReaders,
      blob: made.engines.blob,
    });
    writeConnectionFile(paths.connectionFile, connection);
    return connection;
  }

  #refuseWhenStopping(): void {
    if (this.#isStopping) {
      throw new RunnerError('The start was broken off.', 'Nothing was left running.');
    }
  }
}

function noResult(): void {
  // Only that it came to an end counts here.
}

/** @throws RunnerError when a hub runs in that state folder */
export function requireNoneRunning(paths: StatePaths): void {
  const running = findRunning(paths.runFile);
  if (running !== undefined) {
    throw new RunnerError(
      `A hub is ${running.state} already in ${paths.root} (pid ${running.supervisor.pid}).`,
      `Look at it with "${runnerCommand(paths.root, 'npm run status')}", ` +
        `or end it with "${runnerCommand(paths.root, 'npm stop')}".`,
    );
  }
}

/** Takes the state folder for this process, after ending what a killed runner left in it. */
async function claim(paths: StatePaths, reporter: Reporter): Promise<void> {
  const before = readRunFile(paths.runFile);
  if (before !== undefined && findRunning(paths.runFile) === undefined) {
    await endLeftovers(paths.runFile, before, reporter);
  }
  if (!claimRunFile(paths.runFile, initialRecord(new Date()))) {
    requireNoneRunning(paths);
    throw new RunnerError(`Another start is under way in ${paths.root}.`, 'Wait for it.');
  }
}
