/**
 * What every parser of text from the network promises: whatever comes, it returns or throws a
 * HubError, and it takes linear time. The tokens are pieces of the parser's grammar, so that random
 * combinations of them get past its first checks.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { HubError } from './hub-error.js';

const LONG_TEXT_LENGTH = 65_535;
const LONG_TEXT_MS = 500;

export function survivesHostileInput(
  parse: (text: string) => unknown,
  tokens: readonly [string, ...string[]],
): void {
  const anything = fc.string({ unit: 'binary', maxLength: 300 });
  const nearlyGrammatical = fc
    .array(fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 4 })), { maxLength: 40 })
    .map((parts) => parts.join(''));

  test('throws nothing but HubError', () => {
    fc.assert(
      fc.property(fc.oneof(anything, nearlyGrammatical), (text) => {
        tryParse(parse, text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(tokens)('takes linear time for 64 KiB of %j', (token) => {
    const [first] = tokens;
    const text = (first + token.repeat(LONG_TEXT_LENGTH)).slice(0, LONG_TEXT_LENGTH);
    const started = performance.now();
    tryParse(parse, text);
    expect(performance.now() - started).toBeLessThan(LONG_TEXT_MS);
  });
}

/** For the other promise of a parser: which inputs it refuses. */
export function refuses(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(HubError);
    return true;
  }
}

function tryParse(parse: (text: string) => unknown, text: string): void {
  refuses(() => parse(text));
}
