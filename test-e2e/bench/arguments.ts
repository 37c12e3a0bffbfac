/** What stands behind `npm run bench --`. */
export const partNames = [
  'saturated',
  'properties',
  'websocket',
  'amqp',
  'https',
  'offered',
  'idle',
  'gateways',
  'limits',
  'twins',
  'queries',
  'methods',
  'commands',
] as const;
export type PartName = (typeof partNames)[number];

export interface Arguments {
  /** In the order in which they run. */
  readonly parts: readonly PartName[];
  readonly format: 'terminal' | 'markdown';
  /** Small and short: whether it works, not what it takes. */
  readonly isQuick: boolean;
  /** Measures on a busy machine, too. */
  readonly isForced: boolean;
}

const usage =
  `Usage: npm run bench [-- [${partNames.join('|')} …] [--markdown] [--quick] [--force]]. ` +
  'Without a part, all of them.';

const flags = ['--markdown', '--quick', '--force'];

/** @throws Error that says what is not known */
export function parseArguments(words: readonly string[]): Arguments {
  const named = words.filter((word) => !flags.includes(word));
  const parts = partNames.filter((name) => named.length === 0 || named.includes(name));
  const unknown = named.find((word) => !partNames.some((name) => name === word));
  if (unknown !== undefined) {
    throw new Error(`npm run bench knows no "${unknown}". ${usage}`);
  }
  return {
    parts,
    format: words.includes('--markdown') ? 'markdown' : 'terminal',
    isQuick: words.includes('--quick'),
    isForced: words.includes('--force'),
  };
}
