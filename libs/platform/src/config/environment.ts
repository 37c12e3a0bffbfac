import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { unknownVariables } from '../variables/index.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of a configuration at once, one line each, naming the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the variables that `schema` names. A variable may be given by a file instead, so that
 * secrets need not stand in the environment: `NAME_FILE` holds the path of the file with the value
 * of `NAME`, whose trailing line end is dropped. An empty variable counts as absent. An unknown `LINCHPIN_`
 * variable is a fault; one meant for another process is not.
 *
 * @throws ConfigError naming every variable at fault
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const faults = unknownVariables(environment);
  const values: Record<string, string | undefined> = {};
  for (const name of Object.keys(schema.shape)) {
    try {
      values[name] = readVariable(name, environment);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  const result = schema.safeParse(values);
  if (!result.success) {
    faults.push(...result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  if (!result.success || faults.length > 0) {
    throw new ConfigError(faults);
  }
  return result.data;
}

/** Whether the variable has a value, here or in a file. */
export function isGiven(name: string, environment: Environment): boolean {
  return [environment[name], environment[`${name}_FILE`]].some((value) => (value ?? '') !== '');
}

function readVariable(name: string, environment: Environment): string | undefined {
  const direct = environment[name];
  if (direct !== undefined && direct !== '') {
    return direct;
  }
  const path = environment[`${name}_FILE`];
  if (path === undefined || path === '') {
    return undefined;
  }
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`${name}_FILE: cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
