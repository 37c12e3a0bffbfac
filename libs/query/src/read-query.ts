/** From text to what is written: bounds first, so that no text costs more than its length. */
import { Lexer, type IToken } from 'chevrotain';
import type { Fault } from './constants.js';
import { requireCharacters } from './constants.js';
import { QueryParser } from './parser.js';
import { QueryError } from './query-error.js';
import { ClosingParenthesis, Comment, OpeningParenthesis, Stray, vocabulary } from './tokens.js';
import type { WrittenQuery } from './written-query.js';

/** In UTF-16 code units (query-language.md section A2). */
export const queryLengthMax = 8192;

/** Parentheses in parentheses, of functions too; each costs some twenty calls of the stack. */
const nestingMax = 64;

const lexer = new Lexer(vocabulary, { safeMode: true, positionTracking: 'onlyOffset' });
const parser = new QueryParser();

/** @throws QueryError for what is too long, too deep, or not of the grammar */
export function readQuery(text: string): WrittenQuery {
  const fault: Fault = (offset, message) => new QueryError(text, offset, message);
  if (text.length > queryLengthMax) {
    const length = `This query has ${text.length} characters`;
    throw fault(queryLengthMax, `${length}; at most ${queryLengthMax} are allowed.`);
  }
  requireCharacters(text, 0, fault);
  const { tokens } = lexer.tokenize(text);
  checkTokens(text, tokens, fault);
  parser.input = tokens;
  parser.fault = fault;
  const query = parser.query();
  const [error] = parser.errors;
  if (error !== undefined) {
    const { startOffset } = error.token;
    throw fault(Number.isNaN(startOffset) ? text.length : startOffset, error.message);
  }
  return query;
}

function checkTokens(text: string, tokens: readonly IToken[], fault: Fault): void {
  let depth = 0;
  for (const { tokenType, startOffset } of tokens) {
    if (tokenType === Stray) {
      throw fault(startOffset, `${characterAt(text, startOffset)} is not part of this language.`);
    }
    if (tokenType === Comment) {
      throw fault(startOffset, 'There are no comments here; "- -" has a blank in between.');
    }
    if (tokenType === OpeningParenthesis) {
      depth += 1;
    } else if (tokenType === ClosingParenthesis) {
      depth -= 1;
    }
    if (depth > nestingMax) {
      throw fault(startOffset, `At most ${nestingMax} parentheses may stand in each other.`);
    }
  }
}

/** By its number when it cannot be seen. */
function characterAt(text: string, offset: number): string {
  const code = text.codePointAt(offset) ?? 0;
  const character = String.fromCodePoint(code);
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(character)
    ? character
    : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
