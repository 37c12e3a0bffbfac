/** HAProxy as the hub runs it: only when there is more than one gateway. */
import { join } from 'node:path';
import { replaceFile } from '../replace-file.js';
import type { ProcessStep } from '../supervisor/plan.js';
import { formatLoadBalancerConfig, type LoadBalancerOptions } from './load-balancer-config.js';
import { tcpProbe } from './probes.js';

interface LoadBalancerSetup extends LoadBalancerOptions {
  readonly folder: string;
  readonly program: string;
  /** Where it is asked whether it listens: one of those of its frontends. */
  readonly address: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** It holds nothing of its own; the gateways have drained before it is told to stop. */
const stopTimeoutMs = 5_000;

export function prepareLoadBalancer(setup: LoadBalancerSetup): ProcessStep {
  const configFile = join(setup.folder, 'haproxy.cfg');
  replaceFile(configFile, formatLoadBalancerConfig(setup), 0o644);
  return {
    kind: 'engine',
    name: 'load-balancer',
    label: `HAProxy on ${setup.frontends.flatMap(({ listen }) => listen).join(' and ')}`,
    needs: [],
    uses: [],
    launch: {
      command: [setup.program, '-db', '-f', configFile],
      env: setup.environment,
      cwd: setup.folder,
    },
    port: setup.port,
    isReady: tcpProbe({ host: setup.address, port: setup.port }),
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  };
}
