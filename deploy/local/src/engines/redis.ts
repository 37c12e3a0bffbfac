/** Redis as the hub runs it: a server of its own that keeps an append-only file. */
import { join } from 'node:path';
import { replaceFile } from '../replace-file.js';
import type { ProcessStep } from '../supervisor/plan.js';
import { redisProbe } from './probes.js';
import { formatRedisConfig } from './redis-config.js';

interface RedisOptions {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

const stopTimeoutMs = 15_000;

export function redisUrl(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${port}/0`;
}

export function prepareRedis(options: RedisOptions): ProcessStep {
  const { folder, port, password } = options;
  const configFile = join(folder, 'redis.conf');
  replaceFile(configFile, formatRedisConfig({ folder, port, password }));
  return {
    kind: 'engine',
    name: 'redis',
    label: `Redis on 127.0.0.1:${port}`,
    needs: [],
    uses: [],
    launch: {
      command: [options.program, configFile],
      env: options.environment,
      cwd: folder,
    },
    port,
    isReady: redisProbe({ host: '127.0.0.1', port }, password),
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  };
}
