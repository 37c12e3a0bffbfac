/** What stands where something else should: in words, with what to write instead where that is known. */
import type { IParserErrorMessageProvider, IToken, TokenType } from 'chevrotain';
import { EOF, tokenName } from 'chevrotain';
import * as t from './tokens.js';

export const parserMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, previous }) =>
    describe([expected], actual, previous),
  buildNotAllInputParsedMessage: ({ firstRedundant }) =>
    describe([], firstRedundant, firstRedundant),
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual, previous }) =>
    describe(firstsOf(expectedPathsPerAlt.flat()), actual[0], previous),
  buildEarlyExitMessage: ({ expectedIterationPaths, actual, previous }) =>
    describe(firstsOf(expectedIterationPaths), actual[0], previous),
};

function firstsOf(paths: readonly (readonly TokenType[])[]): TokenType[] {
  return [...new Set(paths.flatMap(([first]) => first ?? []))];
}

function describe(
  expected: readonly TokenType[],
  actual: IToken | undefined,
  previous: IToken,
): string {
  const advice = actual && adviceOn(actual, previous);
  if (advice !== undefined) {
    return advice;
  }
  const labels = [...new Set(expected.map(labelOf))];
  const wanted =
    labels.length === 0 ? 'an operator, AND, OR, GROUP BY or the end of the query' : list(labels);
  return `There should be ${wanted}, and there is ${found(actual)}.`;
}

function labelOf(expected: TokenType): string {
  return t.constants.includes(expected) ? 'a constant' : (expected.LABEL ?? expected.name);
}

/** Messages are logged, and a string may be anybody's name. */
function found(actual: IToken | undefined): string {
  if (actual === undefined || actual.tokenType === EOF) {
    return 'the end of the query';
  }
  if (actual.tokenType === t.Text) {
    return 'a string';
  }
  const { image } = actual;
  return image.length > 40 ? `${image.slice(0, 40)}…` : image;
}

function list(labels: readonly string[]): string {
  const last = labels.at(-1) ?? '';
  return labels.length === 1 ? last : `${labels.slice(0, -1).join(', ')} or ${last}`;
}

const otherLanguages =
  /^(order|distinct|having|like|between|join|limit|offset|union|is|exists|any|all|case)$/i;
const isKeyword = (token: IToken): boolean =>
  t.keywords.some((keyword) => tokenName(keyword) === tokenName(token.tokenType));

function adviceOn(actual: IToken, previous: IToken): string | undefined {
  const { image } = actual;
  if (previous.tokenType === t.In || previous.tokenType === t.Nin) {
    const word = previous.image.toUpperCase();
    return `${word} takes a list in square brackets: ${word} ['a', 'b'].`;
  }
  if (isKeyword(actual) && previous.tokenType === t.Dot) {
    return `${image} is a word of the language; as a name it stands in double brackets: [[${image}]].`;
  }
  if (isKeyword(actual) && previous.tokenType === t.As) {
    return `${image} is a word of the language and no name; write another one behind AS.`;
  }
  if (previous.tokenType === t.OpeningParenthesis && actual.tokenType === t.Star) {
    return 'COUNT takes nothing between its parentheses: COUNT().';
  }
  const foreign = [actual, previous].find(
    (token) => token.tokenType === t.Identifier && otherLanguages.test(token.image),
  );
  return foreign && `${foreign.image.toUpperCase()} is not part of this language.`;
}
