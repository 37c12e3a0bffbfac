/**
 * What every parser of text from the network promises: whatever comes, it returns or throws a
 * HubError, and it takes linear time. The tokens are pieces of the parser's grammar, so that random
 * combinations of them get past its first checks.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { HubError } from './hub-error.js';

const longTextLength = 65_535;
const longTextMs = 500;

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
        refuses(() => parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(tokens)('takes linear time for 64 KiB of %j', (token) => {
    const [first] = tokens;
    const text = (first + token.repeat(longTextLength)).slice(0, longTextLength);
    const started = performance.now();
    refuses(() => parse(text));
    expect(performance.now() - started).toBeLessThan(longTextMs);
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
