/** aedes in a process of its own, beside the hub. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { hub } from '../../support/hub.js';
import type { Processes } from '../measure/cpu-meter.js';
import { endChild, startChild } from './child.js';
import { clientContext, type Server } from './server.js';

/** As the hub's runner names them; the gateway has both, and so has aedes. */
const certificates = ['server-ec', 'server-rsa'];

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

export class AedesServer implements Server {
  readonly protocol = 'mqtt';
  readonly host = hub.host;
  readonly secureContext = clientContext;

  private constructor(private running: Running) {}

  static async start(): Promise<AedesServer> {
    return new AedesServer(await launch());
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
    this.running = await launch();
  }

  stop(): Promise<void> {
    return endChild(this.running.child);
  }
}

async function launch(): Promise<Running> {
  const files = certificates.map((name) => join(hub.stateDir, 'tls', name));
  const { child, pid, ready } = await startChild('aedes-process.js', [hub.host, ...files]);
  return { child, pid, port: (ready as { readonly port: number }).port };
}
