/** The hub: its gateways, and what works for them. */
import { hub } from '../../support/hub.js';
import { processState, restart, type ProcessName } from '../../support/processes.js';
import type { Protocol } from '../load/load-connection.js';
import type { Processes } from '../measure/cpu-meter.js';
import { clientContext, type Server } from './server.js';

const ports: Readonly<Record<Protocol, number>> = {
  mqtt: 8883,
  'mqtt-ws': 443,
  amqp: 5671,
  https: 443,
};
const gatewayNames = ['gateway-1', 'gateway-2', 'gateway-3'] as const;

export class LinchpinServer implements Server {
  readonly host = hub.host;
  readonly secureContext = clientContext;

  /** @param gateways how many there are; more than one stand behind the load balancer */
  constructor(
    private readonly gateways: number,
    readonly protocol: Protocol = 'mqtt',
  ) {}

  get port(): number {
    return ports[this.protocol];
  }

  get processes(): Processes {
    return {
      server: this.pids,
      ...(this.gateways > 1 && { 'load-balancer': [pidOf('load-balancer')] }),
      kafka: [pidOf('kafka')],
      registry: [pidOf('registry')],
      redis: [pidOf('redis')],
      postgres: [pidOf('postgres')],
    };
  }

  get pids(): readonly number[] {
    return gatewayNames.slice(0, this.gateways).map(pidOf);
  }

  async restart(): Promise<void> {
    for (const name of gatewayNames.slice(0, this.gateways)) {
      await restart(name, 'SIGTERM');
    }
  }
}

export function pidOf(name: ProcessName): number {
  const { pid } = processState(name);
  if (pid === undefined) {
    throw new Error(`${name} does not run`);
  }
  return pid;
}
