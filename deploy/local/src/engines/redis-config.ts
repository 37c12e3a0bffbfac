/** Redis' configuration: written anew at every start, from here alone; it holds the password. */
export function formatRedisConfig(options: {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}): string {
  return [
    'bind 127.0.0.1',
    `port ${options.port}`,
    'protected-mode yes',
    `requirepass ${options.password}`,
    'daemonize no',
    `dir "${options.folder.replace(/["\\]/g, '\\$&')}"`,
    // Presence and subscriptions outlive a crash but for the last second.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // Nothing in here may vanish by itself: a full Redis refuses writes.
    'maxmemory 512mb',
    'maxmemory-policy noeviction',
    'loglevel notice',
    '',
  ].join('\n');
}
