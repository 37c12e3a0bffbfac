/** What strings, numbers and quoted names stand for. */
import type { IToken } from 'chevrotain';
import type { QueryError } from './query-error.js';

/** Makes an error of a place and a fault. */
export type Fault = (offset: number, fault: string) => QueryError;

const escape = /\\(?:u([\da-f]{4})|([^]))/gi;
const storable = 'no twin can hold it';

/** @throws QueryError for a string that is not closed, and an escape that there is not */
export function readText({ image, startOffset }: IToken, fault: Fault): string {
  const [quote] = image;
  const inner = image.slice(1, -1);
  if (image.length < 2 || !image.endsWith(quote ?? '') || endsEscaped(inner)) {
    throw fault(startOffset, `This string is not closed: it ends with ${quote ?? ''}.`);
  }
  const text = inner.replace(escape, (written, hex: string | undefined, character: string, at) => {
    if (hex !== undefined) {
      return String.fromCharCode(parseInt(hex, 16));
    }
    if (!'\'"\\'.includes(character)) {
      const offset = startOffset + 1 + Number(at);
      const known = `\\' \\" \\\\ and \\u with four hexadecimal digits`;
      throw fault(offset, `There is no ${written} in strings; there are ${known}.`);
    }
    return character;
  });
  requireCharacters(text, startOffset, fault);
  return text;
}

/** PostgreSQL's text and jsonb hold neither, so twins do not. */
export function requireCharacters(text: string, offset: number, fault: Fault): void {
  if (text.includes('\0')) {
    throw fault(offset, `This has the character U+0000; ${storable}.`);
  }
  if (/\p{Surrogate}/u.test(text)) {
    throw fault(offset, `This has half of a surrogate pair; ${storable}.`);
  }
}

export function readQuotedName({ image, startOffset }: IToken, fault: Fault): string {
  if (image.length < 4 || !image.endsWith(']]')) {
    throw fault(startOffset, 'This name is not closed: it ends with ]].');
  }
  const name = image.slice(2, -2);
  if (name === '') {
    throw fault(startOffset, 'There is no name between [[ and ]].');
  }
  return name;
}

export function readNumber({ image, startOffset }: IToken, fault: Fault): number {
  const value = Number(image);
  if (!Number.isFinite(value)) {
    throw fault(startOffset, `${image} is beyond the numbers of JSON, which end at 1.8e308.`);
  }
  return value;
}

/** Larger ones are no index of anything that a twin may hold. */
const wholeMax = 2_147_483_647;

export function readWhole({ image, startOffset }: IToken, fault: Fault): number {
  const value = Number(image);
  if (value > wholeMax) {
    throw fault(startOffset, `${image} is too large here; the largest is ${wholeMax}.`);
  }
  return value;
}

function endsEscaped(inner: string): boolean {
  const backslashes = /\\*$/.exec(inner)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}
