/** `EX_CONFIG` of sysexits.h: starting again without another configuration is of no use. */
const configExitCode = 78;

/**
 * Reads a process's configuration. One that is not usable ends the process with its faults in plain
 * sentences on standard error: there is no logger yet, and a stack would hide what to do.
 */
export function loadOrExit<Config>(load: () => Config): Config {
  try {
    return load();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(configExitCode);
  }
}
