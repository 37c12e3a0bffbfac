/** A server of the same protocol in a process of its own, beside the hub: what the hub is compared with. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { hub } from '../../support/hub.js';
import type { Protocol } from '../load/load-connection.js';
import type { Processes } from '../measure/cpu-meter.js';
import { endChild, startChild } from './child.js';
import { clientContext, type Server } from './server.js';

/** Of each reference what it speaks; `<name>-process.ts` is its process. */
const protocols = {
  aedes: 'mqtt',
  'aedes-websocket': 'mqtt-ws',
  rhea: 'amqp',
  https: 'https',
} as const;
type ReferenceName = keyof typeof protocols;

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

/** As the hub's runner names them; the gateway has both, and so has each reference. */
const certificates = ['server-ec', 'server-rsa'];

export class ReferenceServer implements Server {
  readonly protocol: Protocol;
  readonly host = hub.host;
  readonly secureContext = clientContext;

  private constructor(
    private readonly name: ReferenceName,
    private running: Running,
  ) {
    this.protocol = protocols[name];
  }

  static async start(name: ReferenceName): Promise<ReferenceServer> {
    return new ReferenceServer(name, await launch(name));
  }

  get port(): number {
    return this.running.port;
  }

  get processes(): Processes {
    return { server: this.pids };
  }

  get pids(): readonly number[] {
    return [this.running.pid];
  }

  async restart(): Promise<void> {
    await this.stop();
    this.running = await launch(this.name);
  }

  stop(): Promise<void> {
    return endChild(this.running.child);
  }
}

async function launch(name: ReferenceName): Promise<Running> {
  const files = certificates.map((certificate) => join(hub.stateDir, 'tls', certificate));
  const { child, pid, ready } = await startChild(`${name}-process.js`, [hub.host, ...files]);
  return { child, pid, port: (ready as { readonly port: number }).port };
}
