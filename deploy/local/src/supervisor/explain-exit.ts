/** Why a process ended, in words, from how it ended and what it said last. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
}

/** The last lines of a log, few and short enough for a console; the log has the rest. */
export function quoteLastLines(lines: readonly string[]): string {
  return lines
    .slice(-10)
    .map((line) => (line.length > 400 ? `${line.slice(0, 400)} …` : line))
    .join('\n');
}

/** Troubles that the person can end, by what the programs print when they meet them. */
const knownTroubles: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|ENOSPC/i, 'The disk is full: free some space.'],
  [
    /Address already in use|EADDRINUSE|cannot bind socket/i,
    'Another process took its port: see who holds it with "ss -ltnp".',
  ],
  [
    /Cannot allocate memory|OutOfMemoryError|heap out of memory/i,
    'The machine or the process is out of memory.',
  ],
  [/Too many open files|EMFILE/i, 'It may open too few files: raise "ulimit -n".'],
  [/Cannot find module|ERR_MODULE_NOT_FOUND/, 'Something is not built: run "npm run build".'],
];

/** What to do about it, when its last lines name a known trouble. */
export function findRemedy(lastLines: readonly string[]): string | undefined {
  const text = lastLines.join('\n');
  return knownTroubles.find(([pattern]) => pattern.test(text))?.[1];
}
