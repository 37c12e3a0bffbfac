import { administrationOperations, serviceOperations, type Operation } from './operations.js';
import { unservedOperations } from './unserved-operations.js';

export interface FoundOperation {
  readonly operation: Operation;
  /** Decoded, by name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The methods of the path when it has none such; empty when there is no such path. */
interface NoOperation {
  readonly operation: undefined;
  readonly allowedMethods: readonly string[];
}

/** Of several operations that match, the first of the tables is meant: `jobs/v2/query` is no job. */
export function findOperation(
  method: string,
  segments: readonly string[],
): FoundOperation | NoOperation {
  const allowedMethods: string[] = [];
  for (const { operation, pattern } of patterns) {
    const parameters = match(pattern, segments);
    if (parameters === undefined) {
      continue;
    }
    if (operation.method === method) {
      return { operation, parameters };
    }
    allowedMethods.push(operation.method);
  }
  return { operation: undefined, allowedMethods: [...new Set(allowedMethods)].sort() };
}

/** The operation's path with its parameters in place, each as `encode` gives it. */
export function formatPath(
  { operation, parameters }: FoundOperation,
  encode: (parameter: string) => string,
): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encode(parameters.get(name) ?? ''),
  );
}

type PatternSegment = { readonly parameter: string } | { readonly literal: string };

const patterns = [...serviceOperations, ...administrationOperations, ...unservedOperations].map(
  (operation) => ({ operation, pattern: operation.path.slice(1).split('/').map(toPattern) }),
);

function toPattern(segment: string): PatternSegment {
  return segment.startsWith('{')
    ? { parameter: segment.slice(1, -1) }
    : { literal: segment.toLowerCase() };
}

function match(
  pattern: readonly PatternSegment[],
  segments: readonly string[],
): Map<string, string> | undefined {
  const matches =
    pattern.length === segments.length &&
    pattern.every((expected, index) => isAsExpected(expected, segments[index] ?? ''));
  if (!matches) {
    return undefined;
  }
  const parameters = new Map<string, string>();
  pattern.forEach((expected, index) => {
    if ('parameter' in expected) {
      parameters.set(expected.parameter, segments[index] ?? '');
    }
  });
  return parameters;
}

function isAsExpected(expected: PatternSegment, segment: string): boolean {
  return 'parameter' in expected ? segment !== '' : segment.toLowerCase() === expected.literal;
}
