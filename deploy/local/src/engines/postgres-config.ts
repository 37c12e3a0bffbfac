/** PostgreSQL's two configuration files: written anew at every start, from here alone. */

/** No socket files: their path may hold 107 bytes only, and a state folder may lie deeper. */
export function formatPostgresConfig(options: {
  readonly port: number;
  readonly accessFile: string;
}): string {
  return formatLines([
    ['listen_addresses', '127.0.0.1'],
    ['port', String(options.port)],
    ['unix_socket_directories', ''],
    ['hba_file', options.accessFile],
    ['max_connections', '100'],
    ['password_encryption', 'scram-sha-256'],
    // What the registry has answered for is on the disk.
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['shared_buffers', '128MB'],
    ['max_wal_size', '256MB'],
    ['min_wal_size', '32MB'],
    // Nothing replicates this server.
    ['wal_level', 'minimal'],
    ['max_wal_senders', '0'],
    ['log_destination', 'stderr'],
    ['logging_collector', 'off'],
    ['log_line_prefix', '%m [%p] '],
    ['log_timezone', 'UTC'],
    ['log_checkpoints', 'off'],
    ['timezone', 'UTC'],
    ['lc_messages', 'C'],
  ]);
}

/** Who may connect: with a password, from this machine. */
export function formatPostgresAccess(): string {
  return 'host all all 127.0.0.1/32 scram-sha-256\n';
}

function formatLines(settings: readonly (readonly [string, string])[]): string {
  return settings.map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`).join('');
}
