import { SettingFault } from './setting-fault.js';

/**
 * Asks an engine that a start cannot do without.
 *
 * @param variable says where the engine is
 * @throws SettingFault that names both when it does not answer
 */
export async function requireAnswer(
  engine: string,
  variable: string,
  ask: () => Promise<void>,
): Promise<void> {
  try {
    await ask();
  } catch (error) {
    throw new SettingFault(`${engine} does not answer where ${variable} says: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A name with several addresses fails with an error for each, and no message over them. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) {
    return error.errors.map(reasonOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
