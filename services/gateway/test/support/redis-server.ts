/** A Redis of a test's own, which may be killed, stopped and emptied. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openRedis } from '@linchpin/platform/redis';
import { freePort } from '@linchpin/testing';
import { silent } from './presence-world.js';

/** Keeps all that it has answered for: tests take away themselves what a crash may lose. */
export class RedisServer {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'linchpin-redis-'));
  #process: ChildProcess | undefined;

  private constructor(private readonly port: number) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.#spawn();
    return server;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** Kills it as a crash would, and starts it on what it had written. */
  async crash(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async start(): Promise<void> {
    await this.#spawn();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }

  async #spawn(): Promise<void> {
    const options = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    };
    const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    this.#process = spawn('redis-server', parameters, { stdio: 'ignore' });
    const failed = once(this.#process, 'error').then(([error]: unknown[]) => {
      throw new Error('redis-server does not start; is it installed?', { cause: error });
    });
    await Promise.race([failed, this.#answers()]);
    failed.catch(() => undefined);
  }

  async #answers(): Promise<void> {
    const redis = openRedis(this.url, silent);
    try {
      for (;;) {
        const answer = await redis.ping().catch(() => undefined);
        if (answer === 'PONG') {
          return;
        }
        await delay(20);
      }
    } finally {
      redis.disconnect();
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
