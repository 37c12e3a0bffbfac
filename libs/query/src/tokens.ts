/**
 * The words of the language. Of two that fit, the longer one counts for names (`android` is no `AND`), else
 * the one that is named first here. What is never closed, and a character that begins nothing, are words as
 * well, so that reading ends at the text's end after one pass, whatever the text.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';

const identifier = /[\p{L}_$][\p{L}\p{N}_$]*/uy;

/** By a function of ours: the library takes no regular expression over Unicode. */
export const Identifier = createToken({
  name: 'Identifier',
  label: 'a name',
  pattern: (text, offset) => {
    identifier.lastIndex = offset;
    return identifier.exec(text);
  },
  line_breaks: false,
});

function keyword(name: string): TokenType {
  return createToken({
    name,
    label: name.toUpperCase(),
    pattern: new RegExp(name, 'i'),
    longer_alt: Identifier,
  });
}

function symbol(name: string, text: string): TokenType {
  return createToken({ name, label: `"${text}"`, pattern: text });
}

export const Select = keyword('Select');
export const Top = keyword('Top');
export const From = keyword('From');
export const Where = keyword('Where');
export const Group = keyword('Group');
export const By = keyword('By');
export const As = keyword('As');
export const And = keyword('And');
export const Or = keyword('Or');
export const Not = keyword('Not');
export const In = keyword('In');
export const Nin = keyword('Nin');
export const True = keyword('True');
export const False = keyword('False');
export const Null = keyword('Null');
export const Undefined = keyword('Undefined');

export const keywords = [
  Select,
  Top,
  From,
  Where,
  Group,
  By,
  As,
  And,
  Or,
  Not,
  In,
  Nin,
  True,
  False,
  Null,
  Undefined,
];

/** Up to the end of the text when nothing closes it. */
export const Text = createToken({
  name: 'Text',
  label: 'a string',
  pattern: /'(?:[^'\\]|\\[^])*'?|"(?:[^"\\]|\\[^])*"?/,
  line_breaks: true,
});
/** `[[anything but two closing brackets]]`, likewise. */
export const QuotedName = createToken({
  name: 'QuotedName',
  label: 'a name in [[ ]]',
  pattern: /\[\[(?:[^\]]|\](?!\]))*(?:\]\])?/,
  line_breaks: true,
});
export const Hexadecimal = createToken({
  name: 'Hexadecimal',
  label: 'a number',
  pattern: /0x[\da-f]+/i,
});
export const Decimal = createToken({
  name: 'Decimal',
  label: 'a number',
  pattern: /\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)/i,
});
export const Integer = createToken({ name: 'Integer', label: 'a whole number', pattern: /\d+/ });

export const constants = [Text, Integer, Decimal, Hexadecimal, True, False, Null, Undefined];

export const ComparisonSign = createToken({
  name: 'ComparisonSign',
  label: 'a comparison',
  pattern: /<=|>=|<>|!=|=|<|>/,
});
export const SumSign = createToken({ name: 'SumSign', label: '"+" or "-"', pattern: Lexer.NA });
export const Minus = createToken({
  name: 'Minus',
  label: '"-"',
  pattern: '-',
  categories: SumSign,
});
const Plus = createToken({ name: 'Plus', label: '"+"', pattern: '+', categories: SumSign });
export const ProductSign = createToken({
  name: 'ProductSign',
  label: '"*", "/" or "%"',
  pattern: Lexer.NA,
});
export const Star = createToken({
  name: 'Star',
  label: '"*"',
  pattern: '*',
  categories: ProductSign,
});
const Slash = createToken({ name: 'Slash', pattern: /[/%]/, categories: ProductSign });

export const OpeningParenthesis = symbol('OpeningParenthesis', '(');
export const ClosingParenthesis = symbol('ClosingParenthesis', ')');
export const OpeningBracket = symbol('OpeningBracket', '[');
export const ClosingBracket = symbol('ClosingBracket', ']');
export const Comma = symbol('Comma', ',');
export const Dot = symbol('Dot', '.');

const Blank = createToken({
  name: 'Blank',
  pattern: /[ \t\r\n]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
/** Of other languages. */
export const Comment = createToken({ name: 'Comment', pattern: /--|\/\*/ });
/** Begins no word. */
export const Stray = createToken({ name: 'Stray', pattern: /[^]/, line_breaks: true });

export const vocabulary = [
  Blank,
  ...keywords,
  Identifier,
  Text,
  QuotedName,
  Hexadecimal,
  Decimal,
  Integer,
  ComparisonSign,
  Comment,
  Minus,
  Plus,
  Star,
  Slash,
  OpeningParenthesis,
  ClosingParenthesis,
  OpeningBracket,
  ClosingBracket,
  Comma,
  Dot,
  SumSign,
  ProductSign,
  Stray,
];
