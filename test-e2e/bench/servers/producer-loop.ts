/** The bare producer loop, in a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Processes } from '../measure/cpu-meter.js';
import { endChild, startChild } from './child.js';
import { pidOf } from './linchpin-server.js';

/** What it stores; the process reads it from its command line. */
export interface ProducerLoad {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** The keys of the records. */
  readonly deviceIds: readonly string[];
  readonly generationId: string;
  readonly payloadBytes: number;
  /** Records on their way, a key. */
  readonly window: number;
}

export class ProducerLoop {
  private constructor(
    private readonly child: ChildProcess,
    private readonly pid: number,
  ) {}

  static async start(load: ProducerLoad): Promise<ProducerLoop> {
    const { child, pid } = await startChild('producer-process.js', [JSON.stringify(load)]);
    return new ProducerLoop(child, pid);
  }

  get processes(): Processes {
    return { server: [this.pid], kafka: [pidOf('kafka')] };
  }

  /** Records that Kafka has. */
  async stored(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send({});
    const [{ stored }] = (await answer) as [{ readonly stored: number }];
    return stored;
  }

  stop(): Promise<void> {
    return endChild(this.child);
  }
}
